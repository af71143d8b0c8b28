"""Programs that Baton did not write, each in an environment of its own: made once in `.cache`, whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".cache"


def environment(name: str) -> Path:
    """The folder of the programs that `<name>.lock` installs."""
    lock = HERE / f"{name}.lock"
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:16]
    place = CACHE / f"{name}-{digest}"
    if not place.exists():
        making = place.with_name(f"{place.name}.{os.getpid()}")
        uv = str(Path(sys.executable).with_name("uv"))
        subprocess.run([uv, "venv", "-q", "--relocatable", "--python", sys.executable, str(making)], check=True)
        install = [uv, "pip", "install", "-q", "--no-deps", "--require-hashes", "--python", str(making / "bin/python")]
        subprocess.run([*install, "-r", str(lock)], check=True)
        with contextlib.suppress(OSError):  # somebody else was first
            making.rename(place)
        shutil.rmtree(making, ignore_errors=True)
    return place / "bin"
