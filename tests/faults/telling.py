"""Words for the person at the terminal."""

import sys


def tell(line: str = "") -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
