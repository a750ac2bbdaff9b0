"""How to reach the same aim inside the rules, by what was refused, whatever the endpoint calls it."""

import re
from collections.abc import Iterable
from enum import Enum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from generations.cases import SEVERE

MOST: Final = 3  # ways shown at once


class Group(Enum):
    """What helps is the same within a group. In the order in which they matter."""

    MINORS = "minors"
    SELF_HARM = "self-harm"
    SEXUAL = "sexual"
    VIOLENCE = "violence"
    HATE = "hate"
    PEOPLE = "people"
    WORKS = "works"


# Words of which the names of categories are made: of OpenAI, Azure, Google and gateways, and of our own list.
_NAMES: Final = {
    Group.MINORS: " ".join(SEVERE),
    Group.SELF_HARM: "selfharm suicide suicidal",
    Group.SEXUAL: "sexual sex sexually sexuality nudity nude porn pornography explicit suggestive racy erotic"
    " adult",
    Group.VIOLENCE: "violence violent gore gory graphic blood bloody weapon weapons injury cruelty torture"
    " terrorism illicit",
    Group.HATE: "hate hateful harassment harassing abuse abusive insult extremism discrimination toxic",
    Group.PEOPLE: "celebrity celebrities person people persons face faces likeness deepfake impersonation"
    " politician politics",
    Group.WORKS: "artist artists brand brands character characters logo logos trademark trademarks copyright"
    " copyrighted ip intellectual similarity recitation protected thirdparty",
}
_GROUPS: Final = {name: group for group, names in _NAMES.items() for name in names.split()}
_WORD: Final = re.compile(r"[a-z]+")

WAYS: Final[dict[Group, tuple[str | Promise, ...]]] = {
    Group.MINORS: (),
    Group.SELF_HARM: (),
    Group.SEXUAL: (
        _("State the setting and the clothing, and leave out injury and nudity."),
        _("Choose a pose and a distance that leave no doubt: standing, seen from afar, in conversation."),
        _("Name the kind of picture: fashion editorial, sports photograph, classical sculpture in a museum."),
    ),
    Group.VIOLENCE: (
        _("Show the moment before or after: the empty street, the cleared table, the bandage."),
        _("Leave out wounds, blood and weapons; let faces, light and weather carry the tension."),
        _("Name the kind of picture: film still, history painting, news illustration."),
    ),
    Group.HATE: (
        _("Describe people by what they do, and not by the group that they belong to."),
        _("Leave out slurs, symbols and mockery; show the conflict by two sides that face each other."),
    ),
    Group.PEOPLE: (
        _("Invent a person: age, hair, clothing and mood instead of a name."),
        _("Say the role instead of the name: “a pop singer of the 1960s on a small stage”."),
        _("Show them from behind, from afar or as a silhouette."),
    ),
    Group.WORKS: (
        _("Describe the style instead of naming a living artist: “bright modern Japanese animation” works."),
        _("Leave out brands, protected characters and famous people; describe what they look like instead."),
        _("Take a style or an artist of long ago: “in the manner of Van Gogh” works."),
    ),
}
# Where nothing is known about why, one way of each that endpoints refuse most.
UNKNOWN: Final = (WAYS[Group.WORKS][0], WAYS[Group.WORKS][1], WAYS[Group.SEXUAL][0])
SUPPORT: Final = (
    _("If this is about you or somebody close to you: you need not be alone with it."),
    _("Talk to somebody you trust, or to a helpline in your country; findahelpline.com lists them."),
    _("In danger, call the emergency number."),
)


def group_of(category: str) -> Group | None:
    """Return what a category is about; None for one whose name tells nothing."""
    name = re.sub(r"self[\s_/-]*harm", "selfharm", category.lower())
    found = {_GROUPS[word] for word in _WORD.findall(name) if word in _GROUPS}
    return next((group for group in Group if group in found), None)


def groups_of(categories: Iterable[object]) -> tuple[Group, ...]:
    """Return what categories are about, the gravest first."""
    found = {group_of(str(category)) for category in categories}
    return tuple(group for group in Group if group in found)


def ways_of(groups: Iterable[Group]) -> tuple[str | Promise, ...]:
    """Return at most three ways: of several groups the first of each, then the others."""
    each = [WAYS[group] for group in groups]
    longest = max(map(len, each), default=0)
    in_turns = [ways[place] for place in range(longest) for ways in each if place < len(ways)]
    return tuple(in_turns[:MOST])
