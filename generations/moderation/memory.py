"""Blocked before: how often a prompt, or a nearly same one, was refused by a model and passed on others."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now

from generations.models import Generation, Operation, Outcome, PromptOutcome, Stage
from generations.moderation.prints import Print, print_of

# Prompts that have nothing to do with each other differ in half of the bits, give or take four.
_NEARLY: Final = 8  # of 64 bits
_MOST: Final = 500  # candidates that are compared
_MOST_MODELS: Final = 3
_NOT_BY_THE_MODEL: Final = (Stage.WORD_LIST, Stage.PRE_CHECK, Stage.ACCOUNT)
_REFUSED: Final = (Outcome.BLOCKED,)
_PASSED: Final = (Outcome.PASSED, Outcome.WITHHELD)


@dataclass(frozen=True, slots=True)
class Record:
    """What became of a prompt before, whoever had asked."""

    is_same: bool  # else one that is nearly the same
    model: str  # that refused it: the one that is asked now, if it did
    refused: int
    passed: int  # on that model
    passed_on: tuple[str, ...]  # other models


def note(generation: Generation, *, before: str, after: str) -> None:
    """Count how a generation has ended, inside the transaction that says so.

    Args:
        generation: as it was read with its row locked.
        before: the outcome that it had, which was counted when it got it.
        after: the outcome that it has now.
    """
    if before == after or not _is_judged_by_words(generation):
        return
    found = print_of(generation.prompt)
    if found is None:
        return
    refused = (after in _REFUSED) - (before in _REFUSED)
    passed = (after in _PASSED) - (before in _PASSED)
    if refused or passed:
        _count(found, generation.model, refused=refused, passed=passed)


def recall(prompt: str, *, model: str) -> Record | None:
    """Return what is remembered of a prompt; None where nothing speaks against it at this model."""
    found = print_of(prompt)
    if found is None:
        return None
    same = list(PromptOutcome.objects.filter(key=found.key))
    if any(row.passed and not row.refused for row in same if row.model == model):
        return None  # it is known to pass here, whatever became of it elsewhere
    if any(row.refused for row in same):
        return _record(same, model, is_same=True)
    alike = _alike(found)
    if not alike:
        return None
    rows = PromptOutcome.objects.filter(key__in={row.key for row in alike})
    return _record(list(rows), model, is_same=False)


def _is_judged_by_words(generation: Generation) -> bool:
    """Of pictures nobody knows whether they were refused; what the team or account stops, no model did."""
    if generation.operation != Operation.GENERATIONS:
        return False
    return not generation.refusals.filter(stage__in=_NOT_BY_THE_MODEL).exists()


def _count(found: Print, model: str, *, refused: int, passed: int) -> None:
    with transaction.atomic():
        row, _is_new = PromptOutcome.objects.get_or_create(
            key=found.key, model=model, defaults=_columns_of(found)
        )
    changes = {"last_refused_at": Now()} if refused > 0 else {}
    # What ended before there was a memory may end anew: it cannot be taken back from a count that lacks it.
    PromptOutcome.objects.filter(pk=row.pk).update(
        refused=Greatest(F("refused") + refused, 0), passed=Greatest(F("passed") + passed, 0), **changes
    )


def _columns_of(found: Print) -> dict[str, int]:
    """What those that are nearly the same are found by."""
    return {"look": found.look, **_quarters_of(found)}


def _quarters_of(found: Print) -> dict[str, int]:
    return {f"quarter_{number}": quarter for number, quarter in enumerate(found.quarters)}


def _alike(found: Print) -> list[PromptOutcome]:
    quarters = Q()
    for name, quarter in _quarters_of(found).items():
        quarters |= Q((name, quarter))
    candidates = PromptOutcome.objects.filter(quarters, refused__gt=0).order_by("-last_refused_at")[:_MOST]
    return [row for row in candidates if found.differs_from(row.look) <= _NEARLY]


def _record(rows: Iterable[PromptOutcome], model: str, *, is_same: bool) -> Record:
    refused: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for row in rows:
        refused[row.model] += row.refused
        passed[row.model] += row.passed
    most = model if refused[model] else refused.most_common(1)[0][0]
    others = [name for name, count in passed.most_common() if count and name != most]
    return Record(is_same, most, refused[most], passed[most], tuple(others[:_MOST_MODELS]))
