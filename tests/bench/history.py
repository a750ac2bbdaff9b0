"""`make bench-history`: a million generations in a PostgreSQL of its own, and a table of finding in it."""

import argparse
import sys

from tests.bench.own_server import own_server, run


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make bench-history", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args(arguments)
    with own_server() as environment:
        run(environment, "-m", "tests.bench.seed_history", f"--rows={asked.rows}")
        run(environment, "-m", "tests.bench.history_table")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
