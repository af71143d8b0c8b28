"""`python -m bot.workspace`: runs the local workspace and prints its address."""

import argparse
import asyncio
import errno
import sys
from pathlib import Path

from .server import Options, serve
from .state import FolderInUse


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
    parser = argparse.ArgumentParser(
        prog="python -m bot.workspace", description="A local Slack workspace.", argument_default=argparse.SUPPRESS
    )
    parser.add_argument("--home", type=Path, required=True, help="folder of workspace.sqlite")
    parser.add_argument("--host")
    parser.add_argument("--port", type=int, help="without one a free port is taken")
    parser.add_argument("--ack-seconds", type=float, help="how long an acknowledgement may take")
    parser.add_argument("--retry-seconds", type=_seconds, help="pauses before retries: 0,60,300")
    parser.add_argument("--events-url", help="deliver as signed HTTP requests to this address")
    parser.add_argument("--signing-secret")
    parser.add_argument("--stream-seconds", type=float, help="how long a stream may live")
    parser.add_argument("--limits", action="store_true", help="refuse calls that come faster than Slack's tiers allow")
    options = Options(**vars(parser.parse_args()))
    if options.events_url and not options.signing_secret:
        parser.error("--events-url needs --signing-secret")
    return options


def _seconds(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
