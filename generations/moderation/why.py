"""Why a generation was blocked or withheld, for whoever asked for it: what, by whose rule, and what helps."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generations.images_api import Reason
from generations.models import Generation, Operation, PreCheck, Refusal, Stage
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
    check: PreCheck | None = getattr(generation, "pre_check", None)
    is_own = refusal.stage == Stage.WORD_LIST
    hits = () if is_severe else _likely(words.find(generation.prompt), groups, is_own=is_own)
    listed = [(hit.start, hit.end) for hit in hits]
    scored = [] if is_severe else _spans_of(check, generation.prompt)
    spans = scored or listed if refusal.stage == Stage.PRE_CHECK else listed or scored
    groups = groups or advice.groups_of(hit.word.kind for hit in hits)
    instead = tuple(one for one in advice_on(generation.prompt, hits) if one.instead)[: advice.MOST - 1]
    ways = advice.ways_of(groups) if groups else advice.UNKNOWN
    return Why(
        what=_what(generation, refusal, check),
        stage=refusal.get_stage_display(),
        rule=_whose(generation, refusal, check),
        was_sent=_was_sent(generation, refusal),
        cost=generation.cost,
        pieces=_pieces(generation.prompt, spans),
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


def _spans_of(check: PreCheck | None, prompt: str) -> list[tuple[int, int]]:
    """Where the sentence stands that scored highest in the check before sending."""
    start = prompt.find(check.sentence) if check and check.sentence else -1
    return [(start, start + len(check.sentence))] if check and start >= 0 else []


def _was_sent(generation: Generation, refusal: Refusal) -> bool:
    """What the team itself stops was not; but for calls that had left while its check was away."""
    if refusal.stage not in (Stage.WORD_LIST, Stage.PRE_CHECK):
        return True
    return any(call.sent_at for call in generation.calls.all())


def _what(generation: Generation, refusal: Refusal, check: PreCheck | None) -> str:
    if refusal.stage == Stage.PRE_CHECK and generation.operation == Operation.VARIATIONS:
        return _("A reference image")
    is_marked = refusal.stage == Stage.PRE_CHECK and check and check.sentence
    if refusal.stage in (Stage.INPUT, Stage.PRE_CHECK) and generation.operation == Operation.EDITS:
        return str(_WHAT[Stage.PRE_CHECK]) if is_marked else _("The prompt or a reference image")
    return str(_WHAT.get(Stage(refusal.stage), _WHAT[Stage.UNKNOWN]))


def _whose(generation: Generation, refusal: Refusal, check: PreCheck | None) -> str:
    if refusal.stage == Stage.WORD_LIST:
        return _("Your team's list of words")
    if refusal.stage == Stage.PRE_CHECK:
        rule = _("Your team's check before sending")
        return f"{rule} ({check.model})" if check and check.model else rule
    reason = refusal.reason or generation.reason
    words = next((words for known, words in _WHOSE.items() if known == reason), _("A rule of %(endpoint)s"))
    return str(words) % {"endpoint": generation.endpoint.name}


def _pieces(prompt: str, spans: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    pieces, at = [], 0
    for start, end in spans:
        pieces += [Piece(prompt[at:start], False), Piece(prompt[start:end], True)]
        at = end
    pieces.append(Piece(prompt[at:], False))
    return tuple(piece for piece in pieces if piece.text) if spans else ()
