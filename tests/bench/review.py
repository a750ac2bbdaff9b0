"""`python -m tests.bench.review`: 200,000 refusals in a PostgreSQL of its own; how long reviewers wait."""

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.services.postgresql import create_database, postgresql
from tests.services.processes import ROOT

# What a team's own server of 4 GiB would be given.
_OPTIONS = ("shared_buffers=1GB", "effective_cache_size=3GB", "work_mem=16MB", "random_page_cost=1.1")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.review", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=20)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="studio-") as folder:
        Path(folder).chmod(0o755)  # the server may run as another user
        with postgresql(Path(folder) / "pg", options=_OPTIONS) as server:
            environment = _environment(create_database(server, "bench"), Path(folder))
            _run(environment, "manage.py", "migrate", "--verbosity=0")
            _run(
                environment,
                "-m",
                "tests.bench.review_pages",
                f"--rows={asked.rows}",
                f"--rounds={asked.rounds}",
            )
    return 0


def _environment(url: str, folder: Path) -> Mapping[str, str]:
    return os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "imagestudio.settings",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "STUDIO_VAR": str(folder),
    }


def _run(environment: Mapping[str, str], *arguments: str) -> None:
    subprocess.run((sys.executable, *arguments), cwd=ROOT, env=dict(environment), check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
