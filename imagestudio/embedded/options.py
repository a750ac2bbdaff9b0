"""What the person who starts the studio may choose: read once, from the environment and from .env."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# The rest of .env describes the containers of docker-compose.yml and would mislead a studio without them.
_FROM_FILE = ("PORT", "ADMIN_EMAIL", "ADMIN_PASSWORD", "IMAGES_BASE_URL", "IMAGES_API_KEY", "IMAGES_MODELS")


class CannotStart(Exception):
    """A reason not to start, as one sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Options:
    port: int
    var: Path
    redis_url: str = field(repr=False)
    simulated: bool
    environment: Mapping[str, str] = field(repr=False)


def read_options(environ: Mapping[str, str], *, root: Path = ROOT) -> Options:
    """Return the choices; the environment wins over the file .env in the project."""
    given = read_env_file(root / ".env") | {name: value for name, value in environ.items() if value.strip()}
    return Options(
        port=_port(given.get("PORT", "8000")),
        var=Path((root / Path(given.get("STUDIO_VAR", "var")).expanduser()).absolute()),
        redis_url=given.get("REDIS_URL", ""),
        simulated="IMAGES_API_KEY" not in given,
        environment=given,
    )


def read_env_file(file: Path) -> dict[str, str]:
    """Return the lines NAME=value that concern `make run`; quotes around a value are taken off."""
    if not file.is_file():
        return {}
    found = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().isidentifier():
            raise CannotStart(f"Line {number} of .env is not of the form NAME=value.")
        found[name.strip()] = _unquoted(value.strip())
    return {name: found[name] for name in _FROM_FILE if found.get(name)}


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.partition(" #")[0].rstrip()


def _port(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
        raise CannotStart(f"PORT must be a number from 1 to 65535, not {value!r}.")
    return int(value)
