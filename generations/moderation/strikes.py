"""Strikes: what reviewers have confirmed against a member, for as long as it counts, and what follows.

Nothing of it is stored: a verdict that is undone, or an appeal that is granted, takes its strike back.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import ngettext

from generations.category_words import in_words
from generations.models import Call, Case, CaseKind, Decision, HideReason, ModerationPolicy, Verdict
from generations.models.calls import OPEN_STATUSES
from generations.models.cases import ANSWERS
from team.models import User

MOST: Final = 400  # generations of one member, of those decided last, that are looked at
_OF_IMAGES: Final = (Decision.HIDE, Decision.DELETE, Decision.SHOW)
_REFUSALS: Final = (CaseKind.REFUSAL, CaseKind.APPEAL)


class Effect(StrEnum):
    """What strikes come to."""

    NONE = "none"
    WARNED = "warned"
    LIMITED = "limited"  # one generation at a time
    SUSPENDED = "suspended"  # nothing new


@dataclass(frozen=True, slots=True)
class Strike:
    """What was confirmed of one generation, whatever the number of its verdicts."""

    generation: UUID
    given_at: datetime  # when a reviewer first said so
    ends_at: datetime
    said: str  # the decision, in words
    about: tuple[str, ...]  # categories, or why an image was hidden, in words
    refusal: int | None  # that was called right; None for an image


@dataclass(frozen=True, slots=True)
class Strikes:
    """All that count at a moment, the one that ends first before the others."""

    every: tuple[Strike, ...]
    effect: Effect = Effect.NONE
    until: datetime | None = None  # when the effect ends, if nothing is added and nothing undone

    @property
    def count(self) -> int:
        return len(self.every)

    @property
    def next_end(self) -> datetime | None:
        return self.every[0].ends_at if self.every else None

    @property
    def about(self) -> list[str]:
        """What they are for, each once, in words."""
        return list(dict.fromkeys(words for strike in self.every for words in strike.about))


@dataclass(frozen=True, slots=True)
class _Said:
    """A verdict, with what is needed of its case."""

    pk: int
    undoes: int | None
    case: int
    kind: str
    generation: UUID
    refusal: int | None
    categories: str
    image: UUID | None
    decision: str
    reason: int | None
    at: datetime


def strikes_of(member: User, policy: ModerationPolicy | None = None) -> Strikes:
    """Return what counts against a member now, in two queries; in one where there is nothing."""
    policy = policy or ModerationPolicy.current()
    kept, now = timedelta(days=policy.strike_days), timezone.now()
    found = _found(member, since=now - kept, kept=kept)
    every = tuple(sorted((one for one in found if one.ends_at > now), key=lambda one: one.ends_at))
    for least, effect in (
        (policy.suspend_at, Effect.SUSPENDED),
        (policy.limit_at, Effect.LIMITED),
        (policy.warn_at, Effect.WARNED),
    ):
        if least and len(every) >= least:
            return Strikes(every, effect, until=every[len(every) - least].ends_at)
    return Strikes(every)


def notice_for(member: User) -> Strikes | None:
    """Return what a member has to be told of their strikes; None where nothing follows from them."""
    policy = ModerationPolicy.current()
    if not (policy.warn_at or policy.limit_at or policy.suspend_at):
        return None
    strikes = strikes_of(member, policy)
    return None if strikes.effect == Effect.NONE else strikes


def why_not(member: User, *, asking: int = 1, in_turn: bool = False) -> str:
    """Return why a member may not ask for something new, in a sentence for them; "" when they may.

    Args:
        member: who asks.
        asking: for how many generations at once.
        in_turn: inside a transaction that submits. Of two at once the second one waits, and sees the first.
    """
    policy = ModerationPolicy.current()
    if not (policy.limit_at or policy.suspend_at):
        return ""
    strikes = strikes_of(member, policy)
    if strikes.effect == Effect.SUSPENDED:
        return _suspended(strikes)
    if strikes.effect != Effect.LIMITED:
        return ""
    if in_turn:
        list(User.objects.select_for_update(no_key=True).filter(pk=member.pk).values_list("pk"))
    is_busy = Call.objects.filter(status__in=OPEN_STATUSES, member=member).exists()
    return _limited(strikes) if is_busy or asking > 1 else ""


def _suspended(strikes: Strikes) -> str:
    words = ngettext(
        "Nothing new is taken from you until %(until)s, because of %(n)s strike."
        " If you think that it is wrong, ask a reviewer to look again, or talk to an administrator.",
        "Nothing new is taken from you until %(until)s, because of %(n)s strikes."
        " If you think that one is wrong, ask a reviewer to look again, or talk to an administrator.",
        strikes.count,
    )
    return words % {"n": strikes.count, "until": _moment(strikes.until)}


def _limited(strikes: Strikes) -> str:
    words = ngettext(
        "Until %(until)s you may ask for one thing at a time, because of %(n)s strike."
        " Ask again when what is under way has ended.",
        "Until %(until)s you may ask for one thing at a time, because of %(n)s strikes."
        " Ask again when what is under way has ended.",
        strikes.count,
    )
    return words % {"n": strikes.count, "until": _moment(strikes.until)}


def _moment(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT") if at else ""


def _found(member: User, *, since: datetime, kept: timedelta) -> Iterator[Strike]:
    """One strike for each generation of which something stands that was decided since a moment."""
    lately = Case.objects.filter(member=member, decided_at__gte=since)
    # Sorted here: told to stop after so many, a database reads everybody's from the newest on.
    newest = sorted(lately.values_list("decided_at", "generation"), reverse=True)
    ids = list(dict.fromkeys(generation for _at, generation in newest))[:MOST]
    by_generation: dict[UUID, list[_Said]] = {}
    for said in _record(ids) if ids else ():
        by_generation.setdefault(said.generation, []).append(said)
    for generation, record in by_generation.items():
        against = sorted(_against(record), key=lambda said: said.at)
        if against:
            yield _strike(generation, against, kept)


def _record(generations: list[UUID]) -> list[_Said]:
    """Everything that was said of some generations and not undone, in its order."""
    rows = Verdict.objects.filter(case__generation__in=generations).order_by("pk")
    fields = ("pk", "undoes", "case", "case__kind", "case__generation", "case__refusal", "case__categories")
    every = [_Said(*row) for row in rows.values_list(*fields, "image", "decision", "reason", "created_at")]
    undone = {said.undoes for said in every}
    return [said for said in every if said.pk not in undone and said.undoes is None]


def _against(record: Iterable[_Said]) -> Iterator[_Said]:
    """What of a generation's record is in force and speaks against it."""
    refusals: dict[int | None, dict[str, _Said]] = {}
    images: dict[tuple[int, UUID | None], _Said] = {}
    for said in record:
        if said.kind in _REFUSALS:
            if said.decision in ANSWERS:
                refusals.setdefault(said.refusal, {})[said.kind] = said
        elif said.decision in _OF_IMAGES:
            images[said.case, said.image] = said
    for answers in refusals.values():
        # Who asks for another look does not get a longer strike for it, and none where it is granted.
        if (answers.get(CaseKind.APPEAL) or answers[CaseKind.REFUSAL]).decision == Decision.RIGHT:
            yield from (said for said in answers.values() if said.decision == Decision.RIGHT)
    yield from (said for said in images.values() if said.decision != Decision.SHOW)


def _strike(generation: UUID, against: list[_Said], kept: timedelta) -> Strike:
    first = against[0]
    return Strike(
        generation=generation,
        given_at=first.at,
        ends_at=first.at + kept,
        said=str(Decision(first.decision).label),
        about=tuple(dict.fromkeys(words for said in against for words in _about(said))),
        refusal=next((said.refusal for said in against if said.decision == Decision.RIGHT), None),
    )


def _about(said: _Said) -> list[str]:
    if said.kind in _REFUSALS or said.reason not in HideReason.values:
        return [in_words(category) for category in said.categories.strip("\n").splitlines()]
    return [str(HideReason(said.reason).label)]
