"""What the categories and scores of a check mean in the reader's words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generations.category_words import in_words
from generations.models import Case, PreCheck

# From which score on it is called what.
_LIKELIHOODS: Final = (
    (0.9, gettext_lazy("almost certainly")),
    (0.6, gettext_lazy("likely")),
    (0.3, gettext_lazy("possibly")),
    (0.0, gettext_lazy("hardly")),
)
_SHOWN: Final = 0.01  # lower scores tell a reviewer nothing
_LEAST: Final = 3  # are shown however low they are


@dataclass(frozen=True, slots=True)
class Score:
    """One category as a page shows it."""

    name: str  # in the reader's language where it is a known one
    percent: int
    words: str
    is_stopped: bool
    is_flagged: bool
    is_held: bool = False


def scores_of(check: PreCheck) -> tuple[Score, ...]:
    """Return what a check found: what was done about first, then the highest; next to nothing is left out."""
    marked = {*check.stopped_for, *check.held_for, *check.flagged_for}
    scores = dict.fromkeys(marked, 1.0) | check.scores
    in_order = sorted(scores, key=lambda name: (name not in marked, -scores[name], name))
    shown = [
        name
        for place, name in enumerate(in_order)
        if name in marked or place < _LEAST or scores[name] >= _SHOWN
    ]
    found = (check.stopped_for, check.flagged_for, check.held_for)
    return tuple(_score(name, scores[name], *found) for name in shown)


def line_of(case: Case) -> tuple[str, ...]:
    """Return why a case is held: its highest score and the line that it reached; nothing of other cases."""
    if case.held_from is None or case.score is None:
        return ()
    highest = next(iter(case.category_list), "")
    line = _("held from %(line)s") % {"line": f"{case.held_from:.2f}"}
    return f"{in_words(highest)} {case.score:.2f}".strip(), line


def marks_of(scores: Mapping[str, float], names: Iterable[str]) -> tuple[Score, ...]:
    """Return some categories with their scores."""
    return tuple(_score(name, scores.get(name, 1.0), (), ()) for name in names)


def _score(
    name: str, score: float, stopped: Iterable[str], flagged: Iterable[str], held: Iterable[str] = ()
) -> Score:
    words = next(words for least, words in _LIKELIHOODS if score >= least)
    percent = round(score * 100)
    return Score(in_words(name), percent, str(words), name in stopped, name in flagged, name in held)
