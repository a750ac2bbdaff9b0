"""Why a generation was blocked or withheld, for whoever asked for it: what, by whose rule, and what helps."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generations.images_api import Reason
from generations.models import Generation, Operation, Refusal, Stage
from generations.moderation import advice
from generations.moderation.advice import Group
from generations.moderation.checking import Advice, advice_on
from generations.moderation.words import Hit, WordList
from generations.search import Piece

_WHOSE = {
    Reason.MODERATION_BLOCKED: gettext_lazy("The safety system of %(endpoint)s"),
    Reason.CONTENT_POLICY: gettext_lazy("The content policy of %(endpoint)s"),
    Reason.PROMPT_BLOCKED: gettext_lazy("The word filter of %(endpoint)s"),
    Reason.WITHHELD: gettext_lazy("The safety system of %(endpoint)s, which gave no reason"),
}
_WHAT = {
    Stage.WORD_LIST: gettext_lazy("The prompt"),
    Stage.PRE_CHECK: gettext_lazy("The prompt"),
    Stage.INPUT: gettext_lazy("The prompt"),
    Stage.OUTPUT: gettext_lazy("The finished image"),
    Stage.WITHHELD: gettext_lazy("Some of the finished images"),
    Stage.TEXT: gettext_lazy("The prompt: words came instead of an image"),
    Stage.ACCOUNT: gettext_lazy("The account"),
    Stage.UNKNOWN: gettext_lazy("The prompt or the image; the endpoint did not say which"),
}


@dataclass(frozen=True, slots=True)
class Why:
    """Everything in the reader's language."""

    what: str  # was stopped
    stage: str
    rule: str  # whose rule it was
    was_sent: bool
    cost: Decimal | None  # None: not known
    pieces: tuple[Piece, ...]  # of the prompt, the likely phrases as hits; none where nothing is likely
    instead: tuple[Advice, ...]  # what to say instead of those
    ways: tuple[str, ...]
    support: tuple[str, ...]
    is_severe: bool  # the rule only: no advice, and no way back to the form


def why_of(generation: Generation, words: WordList) -> Why | None:
    """Return why; None for a generation that nobody refused. Its refusals should be there already."""
    refusals = list(generation.refusals.all())
    if not refusals:
        return None
    refusal = refusals[-1]
    groups = advice.groups_of(category for one in refusals for category in one.categories)
    is_severe = Group.MINORS in groups
    is_own = refusal.stage == Stage.WORD_LIST
    hits = () if is_severe else _likely(words.find(generation.prompt), groups, is_own=is_own)
    groups = groups or advice.groups_of(hit.word.kind for hit in hits)
    instead = tuple(one for one in advice_on(generation.prompt, hits) if one.instead)[: advice.MOST - 1]
    ways = advice.ways_of(groups) if groups else advice.UNKNOWN
    return Why(
        what=_what(generation, refusal),
        stage=refusal.get_stage_display(),
        rule=_("Your team's list of words") if is_own else _whose(generation, refusal),
        was_sent=not is_own,
        cost=generation.cost,
        pieces=_pieces(generation.prompt, hits),
        instead=instead,
        ways=() if is_severe else tuple(map(str, ways[: advice.MOST - len(instead)])),
        support=tuple(map(str, advice.SUPPORT)) if Group.SELF_HARM in groups and not is_severe else (),
        is_severe=is_severe,
    )


def _likely(hits: Sequence[Hit], groups: Sequence[Group], *, is_own: bool) -> tuple[Hit, ...]:
    """What is named in the prompt, as far as that is what was refused."""
    if is_own:
        return tuple(hit for hit in hits if hit.stops)
    return tuple(hit for hit in hits if not groups or advice.group_of(hit.word.kind) in groups)


def _what(generation: Generation, refusal: Refusal) -> str:
    if refusal.stage == Stage.INPUT and generation.operation == Operation.EDITS:
        return _("The prompt or a reference image")
    return str(_WHAT.get(Stage(refusal.stage), _WHAT[Stage.UNKNOWN]))


def _whose(generation: Generation, refusal: Refusal) -> str:
    reason = refusal.reason or generation.reason
    words = next((words for known, words in _WHOSE.items() if known == reason), _("A rule of %(endpoint)s"))
    return str(words) % {"endpoint": generation.endpoint.name}


def _pieces(prompt: str, hits: Sequence[Hit]) -> tuple[Piece, ...]:
    pieces, at = [], 0
    for hit in hits:
        pieces += [Piece(prompt[at : hit.start], False), Piece(prompt[hit.start : hit.end], True)]
        at = hit.end
    pieces.append(Piece(prompt[at:], False))
    return tuple(piece for piece in pieces if piece.text) if hits else ()
