"""`make messages`: collects the words of templates, code and scripts into locale/ with gettext."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LANGUAGE = "zh_Hans"
SOURCES = ("generations", "imagestudio", "manage.py", "team", "templates")


def collect(root: Path) -> Path:
    """Update the catalogue under ``root`` and return it."""
    (root / "locale").mkdir(exist_ok=True)
    # No line numbers: they would change the catalogue with every edit of the code.
    command = (
        *(sys.executable, "manage.py", "makemessages", "--locale", LANGUAGE, "--no-obsolete"),
        *("--add-location", "file", "--verbosity", "0"),
    )
    with tempfile.TemporaryDirectory() as var:
        environment = os.environ | {"SECRET_KEY": "only-for-messages", "STUDIO_VAR": var}
        subprocess.run(command, cwd=root, env=environment, check=True)
    return root / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def collect_in_copy(folder: Path) -> Path:
    """Collect from a copy of the sources and return its catalogue; the project's own stays as it is."""
    for name in (*SOURCES, "locale"):
        if Path(name).is_dir():
            shutil.copytree(name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
        elif Path(name).is_file():
            shutil.copy(name, folder / name)
    return collect(folder)


if __name__ == "__main__":
    print(f"Now translate what is empty or fuzzy in {collect(Path.cwd())}")
