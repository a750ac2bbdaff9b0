"""What the rows of the queue say, in words: made once here, so that the template only writes them down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator

from generations.models import Case, CaseKind, Decision, Operation
from generations.models.refusals import Stage
from generations.moderation.score_words import line_of
from generations.prompt_language import language_of
from generations.review.claims import holder
from generations.review.sought import State
from team.models import User

_LONGEST = 200  # characters of a prompt


@dataclass(frozen=True, slots=True)
class _Words:
    """The names of what may stand in a row, in the language of this request."""

    kinds: dict[str, str]
    stages: dict[str, str]
    operations: dict[str, str]
    decisions: dict[str, str]

    @classmethod
    def now(cls) -> "_Words":
        return cls(*({str(value): str(label) for value, label in of.choices} for of in _NAMED))


_NAMED = (CaseKind, Stage, Operation, Decision)


def rows_of(cases: Sequence[Case], user: User, state: State) -> list[dict[str, Any]]:
    """Return what the queue shows of some cases, in their order.

    A template is slow at everything but writing text: a number is put into the language's figures, a label
    is looked for among its choices each time. So all of it is text by then.
    """
    words = _Words.now()
    return [_row(case, user, words, is_decided_queue=state == State.DECIDED) for case in cases]


def _row(case: Case, user: User, words: _Words, *, is_decided_queue: bool) -> dict[str, Any]:
    generation, is_own = case.generation, case.member_id == user.pk
    return {
        "pk": str(case.pk),
        "version": str(case.version),
        "generation": str(case.generation_id),
        "status": generation.status,
        "may_select": is_decided_queue or (case.decided_at is None and not is_own),
        "forgotten": generation if generation.forgotten_at else None,
        "prompt": _short(generation.prompt) or words.operations.get(generation.operation, ""),
        "lang": language_of(generation.prompt),
        "kind": words.kinds.get(case.kind, case.kind),
        "facts": _facts(case, words),
        "author": case.member.display_name,
        **_moment(case.opened_at),
        "is_severe": case.is_severe,
        "is_own": is_own,
        **_state(case, user, words),
    }


def _facts(case: Case, words: _Words) -> list[str]:
    refusal = case.refusal
    if refusal is None:
        return [*line_of(case), case.model]
    return [words.stages.get(refusal.stage, refusal.stage), *map(str, refusal.categories), case.model]


def _state(case: Case, user: User, words: _Words) -> dict[str, str]:
    """Who is at it or is to be, or what was decided by whom."""
    reader, verdict = holder(case), case.latest_verdict if case.decided_at else None
    is_others = reader is not None and reader.pk != user.pk
    assigned = case.assigned_to if case.decided_at is None and not is_others else None
    return {
        "reader": reader.display_name if reader and is_others else "",
        "assigned": assigned.display_name if assigned else "",
        "decision": words.decisions.get(verdict.decision, verdict.decision) if verdict else "",
        "reviewer": verdict.reviewer.display_name if verdict else "",
    }


def _moment(at: datetime) -> dict[str, str]:
    local = timezone.localtime(at)
    return {"at": local.isoformat(), "day": date_format(local, "DATE_FORMAT"), "time": f"{local:%H:%M}"}


def _short(prompt: str) -> str:
    return prompt if len(prompt) <= _LONGEST else Truncator(prompt).chars(_LONGEST)
