"""Who has a case open: said to others, kept by signs of life, and free to be taken over."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from generations.models import Case
from team.models import Role, User

CLAIM: Final = timedelta(minutes=5)  # after the last sign; an open page gives one each minute


def claim(case: Case, *, by: User, take_over: bool = False) -> bool:
    """Say that somebody has a waiting case open; return whether it is theirs now.

    What somebody else has open stays theirs, unless it is taken over; nobody claims their own.
    """
    if case.decided_at is not None or case.member_id == by.pk:
        return False
    now = timezone.now()
    free = Q(claimed_by=None) | Q(claimed_by=by) | Q(claimed_at__lt=now - CLAIM)
    waiting = Case.objects.filter(pk=case.pk, decided_at__isnull=True).exclude(member=by)
    if not waiting.filter(Q() if take_over else free).update(claimed_by=by, claimed_at=now):
        return False
    case.claimed_by, case.claimed_at = by, now
    return True


def let_go(case: Case, *, by: User) -> None:
    """Say that it is open no more."""
    Case.objects.filter(pk=case.pk, claimed_by=by).update(claimed_by=None, claimed_at=None)


def holder(case: Case) -> User | None:
    """Who has it open at this moment."""
    is_held = case.claimed_at is not None and case.claimed_at > timezone.now() - CLAIM
    return case.claimed_by if is_held and case.decided_at is None else None


def is_free_for(user: User, *, holder: int | None, since: datetime | None) -> bool:
    """Whether nobody else has a case open that was claimed so."""
    return holder in (None, user.pk) or since is None or since <= timezone.now() - CLAIM


def reviewers(case: Case) -> list[User]:
    """Those who may be asked to decide a case, by name."""
    roles = [Role.ADMINISTRATOR] if case.is_severe else [Role.ADMINISTRATOR, Role.REVIEWER]
    able = User.objects.filter(role__in=roles, is_active=True).exclude(pk=case.member_id)
    return list(able.order_by("name", "email").only("name", "email"))


def assign(case: Case, *, to: User | None) -> None:
    """Ask somebody to decide it, or nobody in particular."""
    Case.objects.filter(pk=case.pk).update(assigned_to=to)
