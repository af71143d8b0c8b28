"""`python -m bot.workspace`: runs the local workspace and prints its address."""

import argparse
import asyncio
import errno
import sys
from pathlib import Path

from .delivery import SLACK_RETRIES
from .server import Options, serve
from .state import FolderInUse
from .streams import STREAM_SECONDS


def main() -> int:
    options = _options()
    try:
        asyncio.run(serve(options, lambda address: print(f"workspace: {address}", flush=True)))
    except FolderInUse as error:
        print(f"workspace: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
            raise
        place = f"{options.host}:{options.port} ({errno.errorcode[error.errno]})"
        print(
            f"workspace: cannot listen on {place}: choose another --port, or 0 for a free one",
            file=sys.stderr,
        )
        return 2
    return 0


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m bot.workspace", description="A local Slack workspace.")
    parser.add_argument("--home", type=Path, required=True, help="folder of workspace.sqlite")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--ack-seconds", type=float, default=3.0, help="how long an acknowledgement may take")
    parser.add_argument("--retry-seconds", type=_seconds, default=SLACK_RETRIES, help="pauses before retries: 0,60,300")
    parser.add_argument("--events-url", default="", help="deliver as signed HTTP requests to this address")
    parser.add_argument("--signing-secret", default="")
    parser.add_argument("--stream-seconds", type=float, default=STREAM_SECONDS, help="how long a stream may live")
    parser.add_argument("--limits", action="store_true", help="refuse calls that come faster than Slack's tiers allow")
    given = parser.parse_args()
    if given.events_url and not given.signing_secret:
        parser.error("--events-url needs --signing-secret")
    return Options(**vars(given))


def _seconds(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
