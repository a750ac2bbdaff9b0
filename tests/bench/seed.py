"""`make seed-history`: fills the database of DATABASE_URL, or that of `make run`, with a made-up history."""

import os
import secrets
import subprocess
import sys

from tests.services.processes import ROOT


def main(arguments: list[str]) -> int:
    environment = {
        "DJANGO_SETTINGS_MODULE": "imagestudio.settings",
        "SECRET_KEY": secrets.token_urlsafe(50),  # nothing is signed
        "DATABASE_URL": f"sqlite:///{ROOT / 'var' / 'studio.sqlite3'}",
        **os.environ,
    }
    command = (sys.executable, "-m", "tests.bench.seed_history", *arguments)
    return subprocess.run(command, cwd=ROOT, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
