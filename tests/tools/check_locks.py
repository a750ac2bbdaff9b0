"""The lock files pin every package by hash and name no host: each place installs from its own index."""

import re
import sys
from pathlib import Path

LOCKS = (Path("requirements/run.txt"), Path("requirements/test.txt"))


def main() -> int:
    findings = [finding for lock in LOCKS for finding in _read(lock)]
    print("\n".join(findings))
    return 1 if findings else 0


def _read(lock: Path) -> list[str]:
    text = lock.read_text(encoding="utf-8")
    hosts = [
        f"{lock}: names a host: {line}"
        for line in text.splitlines()
        if re.search(r"://|--.*index|--find", line)
    ]
    pins = re.split(r"\n(?=[a-z0-9])", text)
    unpinned = [
        f"{lock}: has no hash: {pin.splitlines()[0]}"
        for pin in pins
        if "==" in pin and "--hash=sha256:" not in pin
    ]
    return hosts + unpinned


if __name__ == "__main__":
    sys.exit(main())
