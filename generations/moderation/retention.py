"""Forgets what generations said and showed once the team's policy has kept it for long enough.

Words and images go; times, parameters, counts and cost stay, for spending and insight. What somebody has
noted, rated or put into a collection is never forgotten, nor what is under way or waits for a reviewer.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import NegatedExpression
from django.db.models.functions import Coalesce, Now

from generations import search
from generations.models import (
    Call,
    Case,
    CollectionItem,
    Generation,
    GenerationStatus,
    Image,
    ModerationPolicy,
    Outcome,
    PreCheck,
    ReferenceUse,
    Refusal,
    Rewrite,
    Verdict,
)
from generations.models.calls import OPEN_STATUSES
from generations.models.generations import ACTIVE_STATUSES, GenerationQuerySet

_WITH_IMAGES = (GenerationStatus.SUCCEEDED, GenerationStatus.PARTIAL)
_REFUSED = Q(outcome=Outcome.BLOCKED)
_PASSED = Q(outcome__in=(Outcome.PASSED, Outcome.WITHHELD)) | Q(outcome=Outcome.NONE, status__in=_WITH_IMAGES)


def forgets(policy: ModerationPolicy) -> bool:
    """Whether the policy keeps anything for a time only."""
    return bool(_kinds(policy))


def due(policy: ModerationPolicy, *, at: datetime) -> GenerationQuerySet:
    """Return what is to be forgotten at a moment, the oldest first, as an index has it."""
    kinds = _kinds(policy)
    ended = Q(pk__in=())
    for kind, days in kinds:
        ended |= Q(kind, ended_at__lt=at - timedelta(days=days))
    begun = at - timedelta(days=min((days for _kind, days in kinds), default=0))
    old = Generation.objects.filter(created_at__lt=begun, forgotten_at__isnull=True)
    old = old.exclude(status__in=ACTIVE_STATUSES)
    found = old.annotate(ended_at=Coalesce("finished_at", "created_at")).filter(ended)
    return found.filter(*_nobody_needs()).order_by("created_at", "id")


def forget(generations: Sequence[UUID], policy: ModerationPolicy, *, at: datetime) -> tuple[int, list[UUID]]:
    """Forget those of some generations that still are due, in the transaction that is open.

    Returns how many they were, and their images that still have files: whoever calls has those removed.
    """
    rows = Generation.objects.select_for_update(no_key=True).filter(pk__in=generations).order_by("pk")
    held = list(rows.values_list("pk", flat=True))
    # Whoever puts an image into a collection waits until it is gone.
    list(Image.objects.select_for_update().filter(generation__in=held).order_by("pk").values_list("pk"))
    ids = list(due(policy, at=at).filter(pk__in=held).values_list("pk", flat=True))
    _empty(ids)
    images = Image.objects.filter(generation__in=ids, removed_at__isnull=True)
    return len(ids), list(images.values_list("pk", flat=True))


def _kinds(policy: ModerationPolicy) -> list[tuple[Q, int]]:
    """What came of a generation, and for how many days that is kept; without what is kept for ever."""
    kinds = (
        (_PASSED, policy.keep_passed_days),
        (_REFUSED, policy.keep_refused_days),
        (~(_PASSED | _REFUSED), policy.keep_failed_days),
    )
    return [(kind, days) for kind, days in kinds if days]


def _nobody_needs() -> "tuple[NegatedExpression[Any], ...]":
    """Conditions, all of which hold where nobody needs it any more.

    Each by itself: of several with "or" between them PostgreSQL reads every case that waits, for each step.
    """
    noted = Q(is_favourite=True) | Q(rating__gt=0) | ~Q(note="")
    images = Image.objects.filter(noted, generation=OuterRef("pk"), removed_at__isnull=True)
    collected = CollectionItem.objects.filter(
        image__generation=OuterRef("pk"), image__removed_at__isnull=True
    )
    undecided = Case.objects.filter(generation=OuterRef("pk"), decided_at__isnull=True)
    open_calls = Call.objects.filter(generation=OuterRef("pk"), status__in=OPEN_STATUSES)
    return tuple(~Exists(rows) for rows in (images, collected, undecided, open_calls))


def _empty(ids: Sequence[UUID]) -> None:
    """Take the words out of everything that hangs on generations; reasons, stages and categories stay.

    Rows that say nothing are left as they are: most do, and each that is written is written whole.
    """
    of_them: dict[str, Sequence[UUID]] = {"generation__in": ids}
    Generation.objects.filter(pk__in=ids).update(prompt="", forgotten_at=Now(), changed_at=Now())
    shows = ~Q(revised_prompt="", note="", look__isnull=True)
    Image.objects.filter(shows, **of_them).update(revised_prompt="", note="", look=None)
    Refusal.objects.filter(**of_them).exclude(message="").update(message="")
    Call.objects.filter(**of_them).exclude(endpoint_message="").update(endpoint_message="")
    Case.objects.filter(**of_them).exclude(words="").update(words="")
    Verdict.objects.filter(case__generation__in=ids).exclude(note="").update(note="")
    PreCheck.objects.filter(**of_them).exclude(sentence="").update(sentence="")
    Rewrite.objects.filter(**of_them).exclude(prompt="").update(prompt="")
    ReferenceUse.objects.filter(**of_them).delete()  # a picture that nothing uses any more goes by itself
    search.note_many(ids)
