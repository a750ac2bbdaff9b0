"""What the categories that a prompt or an image is refused for mean, in the reader's language."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from generations.models import WordKind

# Of omni-moderation, in the order of its documentation; other models name others.
KNOWN: Final[Mapping[str, Promise]] = {
    "harassment": _("Harassment"),
    "harassment/threatening": _("Harassment with threats"),
    "hate": _("Hate"),
    "hate/threatening": _("Hate with threats"),
    "illicit": _("Wrongdoing"),
    "illicit/violent": _("Violent wrongdoing"),
    "self-harm": _("Self-harm"),
    "self-harm/intent": _("Intent of self-harm"),
    "self-harm/instructions": _("Instructions for self-harm"),
    "sexual": _("Sexual content"),
    "sexual/minors": _("Sexual content with minors"),
    "violence": _("Violence"),
    "violence/graphic": _("Graphic violence"),
}
EVERY_OTHER: Final = "*"
# Of the studio's own list of words, and of gateways.
_OTHERS: Final[Mapping[str, str | Promise]] = {
    **{kind.value: kind.label for kind in WordKind if kind != WordKind.OTHER},
    "public-figures": _("Public figures"),
}


def in_words(category: str) -> str:
    """Return a category in the reader's language; one that is not known stands for itself."""
    name = category.strip().lower().replace("_", "-").replace(" ", "-")
    return str(KNOWN.get(name) or _OTHERS.get(name) or category)
