"""Slack's own JavaScript Bolt, a client that others wrote, works with the local workspace over Socket Mode and over HTTP."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent / "conformance"


def test_slacks_javascript_bolt_finds_every_promise_kept() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: with Node 20 and npm, `make conformance` runs this")
    if not (HERE / "node_modules" / "@slack" / "bolt").is_dir():
        assert not os.environ.get("CI"), "CI has node, and Slack's Bolt is not installed: `make bolt-js`"
        pytest.skip("Slack's JavaScript Bolt is not installed: `make conformance` installs and runs it")
    told = subprocess.run(
        [node, str(HERE / "run.mjs")],
        env=os.environ | {"PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
