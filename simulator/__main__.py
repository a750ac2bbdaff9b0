"""`python -m simulator`: reads the command line and serves until it is told to stop."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from simulator.options import Options, Shape
from simulator.server import serve


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse(arguments)
    # uvicorn raises the signal again once it has shut down; by then it has been obeyed.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _obeyed)
    serve(options)
    sys.stdout.flush()
    sys.stderr.flush()
    # Leaving the usual way would wait for drawings in other threads that nobody will see.
    os._exit(0)


def parse(arguments: Sequence[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m simulator", description="A simulated images endpoint.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8001, help="port to listen on, 0 for any (%(default)s)")
    parser.add_argument(
        "--ledger", type=Path, required=True, help="SQLite file that every request is written to"
    )
    parser.add_argument(
        "--shape", type=Shape, choices=list(Shape), default=Shape.OPENAI, help="whose answers (%(default)s)"
    )
    parser.add_argument(
        "--latency",
        type=_latency,
        default=None,
        metavar="none|real|SECONDS",
        help="how long the work takes (real)",
    )
    parser.add_argument("--key", default="", help="the only key that is accepted; without it any key is")
    parser.add_argument(
        "--url-host", default="", help="scheme and host of links in answers, for example http://images:8001"
    )
    parser.add_argument(
        "--link-seconds", type=float, default=3600.0, help="how long such links live (%(default)s)"
    )
    parser.add_argument(
        "--moderation-on-edits", action="store_true", help="take `moderation` in the form of edits, too"
    )
    parser.add_argument("--verbose", action="store_true", help="log every request")
    return Options(**vars(parser.parse_args(arguments)))


def _latency(text: str) -> float | None:
    if text in {"real", "none"}:
        return None if text == "real" else 0.0
    seconds = float(text)
    if seconds < 0:
        raise argparse.ArgumentTypeError("seconds cannot be negative")
    return seconds


def _obeyed(number: int, frame: FrameType | None) -> None:
    """Nothing is left to do."""


if __name__ == "__main__":
    main()
