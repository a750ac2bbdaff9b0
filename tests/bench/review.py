"""`python -m tests.bench.review`: 200,000 refusals in a PostgreSQL of its own; how long reviewers wait."""

import argparse
import sys
from pathlib import Path

from tests.bench.own_server import own_server, run


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.review", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=20, help="0 fills the database, and no more")
    parser.add_argument(
        "--keep", type=Path, help="a folder for the database: the next run with it fills none"
    )
    asked = parser.parse_args(arguments)
    sizes = (f"--rows={asked.rows}", f"--rounds={asked.rounds}")
    with own_server(asked.keep) as environment:
        run(environment, "-m", "tests.bench.review_pages", *sizes)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
