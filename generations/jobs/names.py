"""Names of files in an archive: from a pattern, readable, and taken by Windows, macOS and Linux alike."""

import re
import unicodedata
from collections.abc import Container

from django.utils import timezone

from generations.models import Image

PATTERN = "{date}-{words}-{id}"
PLACES = ("date", "time", "words", "id", "model", "number")
_LONGEST_PATTERN = 120  # characters
_WORDS = 48  # characters of the prompt
_LONGEST = 150  # bytes of a name without its ending; every system takes 255, and some count the folders
_PLACE = re.compile(r"\{([^{}]*)\}")
_FORBIDDEN = frozenset('<>:"/\\|?*')
# What Windows keeps for devices, also before an ending.
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])( *\.|$)", re.IGNORECASE)


def is_pattern(text: str) -> bool:
    """Whether every place that it names is known."""
    rest = _PLACE.sub("", text)
    known = all(place in PLACES for place in _PLACE.findall(text))
    return known and "{" not in rest and "}" not in rest and 0 < len(text) <= _LONGEST_PATTERN


def name_of(image: Image, pattern: str, *, number: int, taken: Container[str], folder: str = "") -> str:
    """Return a name for an image's file that is not taken yet.

    Args:
        number: which file of the archive it is, from 1.
        taken: what folded() makes of the names that there are.
    """
    made = timezone.localtime(image.created_at)
    values = {
        "date": f"{made:%Y-%m-%d}",
        "time": f"{made:%H-%M-%S}",
        "words": _words(image.generation.prompt),
        "id": str(image.pk)[:8],
        "model": image.generation.model,
        "number": f"{number:04d}",
    }
    stem = safe(_PLACE.sub(lambda place: values[place[1]], pattern)) or values["id"]
    ending = image.original.rpartition(".")[2]
    name, count = f"{folder}{stem}.{ending}", 1
    while folded(name) in taken:
        count += 1
        name = f"{folder}{stem}-{count}.{ending}"
    return name


def folded(name: str) -> str:
    """What two names have in common that are one file to a system without case, or forms of accents."""
    return unicodedata.normalize("NFKC", name).casefold()


def safe(text: str) -> str:
    """Return a text as a name without an ending: no signs of paths, none unseen, no device's name."""
    plain = unicodedata.normalize("NFC", text)
    # Controls, formats (which turn the direction of writing), halves of characters, what is not assigned.
    seen = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in plain)
    named = "".join("-" if sign in _FORBIDDEN else sign for sign in seen)
    short = _within(re.sub(r"[\s-]*-[\s-]*", "-", " ".join(named.split())), _LONGEST)
    stem = short.strip(" .-")
    return f"_{stem}" if _DEVICE.match(stem) else stem


def _words(prompt: str) -> str:
    """The first words of a prompt, not cut in the middle of one where there are spaces."""
    text = " ".join(prompt.split())
    if len(text) <= _WORDS:
        return text
    whole = text[:_WORDS].rpartition(" ")[0]
    return whole if len(whole) > _WORDS // 2 else text[:_WORDS]


def _within(text: str, most: int) -> str:
    return text.encode(errors="ignore")[:most].decode(errors="ignore")
