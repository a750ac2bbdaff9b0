"""Brings the database and the files up to date, in one process; printed is only a new administrator.

`make run` and the one-shot container of docker-compose.yml run ``python -m imagestudio.embedded.first_run``.
"""

import hashlib
import os
import secrets
import sys
from collections.abc import Iterable
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import CommandError, call_command
from django.core.validators import validate_email

from imagestudio.translations import compile_translations

FIRST_EMAIL = "admin@example.com"


def main() -> int:
    embedded = os.environ.get("STUDIO_EMBEDDED") == "1"
    try:
        if embedded:  # an image has both inside
            compile_translations()
        django.setup()
        if embedded:
            collect_static_files()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("prepare")
        sys.stdout.write(first_administrator())
    except (CommandError, ImproperlyConfigured) as exc:
        sys.stderr.write(f"studio: {exc}\n")
        return 1
    return 0


def first_administrator() -> str:
    """Make the administrator when there is nobody yet; return what to tell, or nothing."""
    people = get_user_model()._default_manager
    if people.exists():
        return ""
    email = os.environ.get("ADMIN_EMAIL", "").strip() or FIRST_EMAIL
    password = os.environ.get("ADMIN_PASSWORD", "").strip()
    try:
        validate_email(email)
    except ValidationError as exc:
        raise CommandError(f"ADMIN_EMAIL must be an e-mail address, not {email!r}.") from exc
    people.create_administrator(email=email, password=password or (made_up := secrets.token_urlsafe(12)))
    shown = (
        "the one in ADMIN_PASSWORD"
        if password
        else f"{made_up}  (shown only now; change it after signing in)"
    )
    return f"Administrator: {email}\nPassword:      {shown}\n"


def collect_static_files() -> None:
    """Put the static files where the web server reads them, when they changed since the last time."""
    stamp = Path(settings.STATIC_ROOT) / ".collected-from"
    fingerprint = _fingerprint(
        [*map(Path, settings.STATICFILES_DIRS), Path(django.__file__).parent / "contrib/admin"]
    )
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(fingerprint)


def _fingerprint(folders: Iterable[Path]) -> str:
    seen = hashlib.sha256(django.__version__.encode())
    for folder in folders:
        for file in sorted(folder.glob("**/*")):
            state = file.stat()
            seen.update(f"{file}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return seen.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
