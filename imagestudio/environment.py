"""Readers for environment variables: typed, and loud about the variable that is wrong."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """Return the variable without surrounding white space; an empty one counts as absent."""
    return os.environ.get(name, "").strip() or default


def required(name: str, *, hint: str) -> str:
    """Return the variable or stop with a sentence that names it."""
    value = text(name)
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {hint}")
    return value


def flag(name: str, *, default: bool = False) -> bool:
    """Return a yes/no variable; anything but 1/0, true/false, yes/no, on/off is an error."""
    raw = os.environ.get(name)
    if raw is None:
        return default
    value = raw.strip().lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {raw!r}.")


def whole_number(name: str, default: int, *, least: int = 0) -> int:
    """Return a whole number of at least ``least``."""
    raw = text(name, str(default))
    try:
        value = int(raw)
    except ValueError as exc:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}.") from exc
    if value < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}, not {value}.")
    return value


def currency(name: str, default: str) -> str:
    """Return the three letters of a currency."""
    value = text(name, default).upper()
    if len(value) != 3 or not value.isascii() or not value.isalpha():
        raise ImproperlyConfigured(f"{name} must be three letters such as USD, not {value!r}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list without empty entries."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def folder(name: str, default: Path, *, base: Path) -> Path:
    """Return an absolute folder; a relative one is taken from ``base``, not from where the shell stands."""
    return (base / Path(text(name, str(default))).expanduser()).resolve()


def origin(name: str) -> str:
    """Return ``scheme://host[:port]`` or an empty string; a path or another scheme is an error."""
    value = text(name).rstrip("/")
    if not value:
        return ""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise ImproperlyConfigured(f"{name} must look like https://studio.example.com, not {value!r}.")
    return value
