"""`make check`: every check that needs no running studio, side by side; the failing ones shown in full."""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

_BIN = Path(sys.executable).parent

# Realistic values: `check --deploy` judges these settings as a team would run them.
PRODUCTION = {
    "ALLOWED_HOSTS": "studio.example.com",
    "BEHIND_PROXY": "1",
    "DATABASE_URL": "postgresql://studio:secret@db/studio",
    "ENDPOINT_KEY_SECRET": "b7c3f09e5d1a48628f3c7ae0d94b651273d8f1c6",
    "PUBLIC_URL": "https://studio.example.com",
    "REDIS_URL": "redis://:secret@redis:6379/0",
    "SECRET_KEY": "kX8-2fJq0vLw7RzT5bYm3nHc9sPd6gAe1uKiOxWlQjNtVyBrEhCfMzUaSoGpD4",
}


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


CHECKS = (
    Check("types", (sys.executable, "-m", "mypy")),
    Check("format", (sys.executable, "-m", "ruff", "format", "--check", "--quiet", ".")),
    Check("lint", (sys.executable, "-m", "ruff", "check", "--quiet", ".")),
    Check("imports", (str(_BIN / "lint-imports"), "--no-cache")),
    Check("templates", (sys.executable, "-m", "djlint", "--lint", "--quiet", "templates")),
    Check("markup rules", (sys.executable, "-m", "tests.tools.check_markup")),
    Check("migrations", (sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")),
    Check("translations", (sys.executable, "-m", "tests.tools.check_translations")),
    Check(
        "deployment",
        (sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        PRODUCTION,
    ),
    Check("compose file", (sys.executable, "-m", "tests.tools.check_compose")),
    Check("lock files", (sys.executable, "-m", "tests.tools.check_locks")),
)


def main() -> int:
    with tempfile.TemporaryDirectory() as var, ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        environment = os.environ | {"SECRET_KEY": "only-for-checks", "STUDIO_VAR": var}
        passed = list(pool.map(lambda check: _run(check, environment), CHECKS))
    print(f"{sum(passed)} of {len(CHECKS)} checks passed")
    return 0 if all(passed) else 1


def _run(check: Check, environment: dict[str, str]) -> bool:
    begun = time.monotonic()
    done = subprocess.run(
        check.command,
        env=environment | check.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    line = (
        f"{'passed' if done.returncode == 0 else 'FAILED'}  {check.name:13}{time.monotonic() - begun:5.1f} s"
    )
    print("\n".join([line, *([done.stdout] if done.returncode else [])]), flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
