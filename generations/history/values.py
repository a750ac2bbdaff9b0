"""Reads what an address says, one value at a time: what is not understood is told, and never raised."""

import re
from datetime import date
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# More than any page of ours makes; what is longer was made to hurt.
MAX_WORDS = 400  # characters
MAX_TEXT = 120  # characters
MAX_VALUES = 50
_LAST_ID = 2**31 - 1
_NUMBER = re.compile(r"[0-9]{1,10}")
_MONEY = re.compile(r"([0-9]{1,6})(?:[.,]([0-9]{1,6}))?")
_YEARS = range(1971, 2200)

Words = str | Promise


class NotUnderstood(ValueError):
    """A value that says nothing to us; the message tells the member what would."""

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self.words = words


def words_in(given: str) -> str:
    """Read the words of a search; raises NotUnderstood where there are too many."""
    if len(given) > MAX_WORDS:
        raise NotUnderstood(_("Search for fewer words: at most %(most)d characters.") % {"most": MAX_WORDS})
    writable = given.encode(
        "utf-8", "ignore"
    ).decode()  # half a character can be in no address and no database
    return " ".join(writable.replace("\0", " ").split())


def text_in(given: str) -> str:
    """Read a name from outside, such as a model's; raises NotUnderstood."""
    if len(given) > MAX_TEXT or not given.isprintable():
        raise NotUnderstood(_("There is no such value."))
    return given


def id_in(given: str) -> int:
    """Read the number of a row; raises NotUnderstood."""
    return number_in(given, least=1, most=_LAST_ID)


def number_in(given: str, *, least: int, most: int) -> int:
    """Read a whole number between two others; raises NotUnderstood."""
    if not _NUMBER.fullmatch(given) or not least <= int(given) <= most:
        raise NotUnderstood(
            _("Give a whole number from %(least)d to %(most)d.") % {"least": least, "most": most}
        )
    return int(given)


def date_in(given: str) -> date:
    """Read a day as the browser's own field writes it; raises NotUnderstood."""
    try:
        found = date.fromisoformat(given)
    except ValueError:
        raise NotUnderstood(_("Give a date as 2026-01-31.")) from None
    if len(given) != 10 or found.year not in _YEARS:
        raise NotUnderstood(_("Give a date as 2026-01-31."))
    return found


def money_in(given: str) -> Decimal:
    """Read an amount in the studio's currency; raises NotUnderstood."""
    found = _MONEY.fullmatch(given)
    if not found:
        raise NotUnderstood(_("Give an amount such as 0.25."))
    return Decimal(f"{found[1]}.{found[2] or 0}")


def yes_or_no_in(given: str) -> bool:
    """Read a switch: 1 is yes, 0 is no; raises NotUnderstood."""
    if given not in ("0", "1"):
        raise NotUnderstood(_("Choose yes or no."))
    return given == "1"
