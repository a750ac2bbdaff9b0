from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from team import membership
from team.errors import MembershipError
from team.models import Invitation, MembershipEvent, Role, User
from tests.people import PASSWORD, make_member

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*moves: Callable[[], object]) -> list[str]:
    """Runs each move in a thread with a connection of its own, all released together."""
    barrier = Barrier(len(moves))

    def run(move: Callable[[], object]) -> str:
        barrier.wait(timeout=10)
        try:
            move()
        except MembershipError as error:
            return type(error).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(moves)) as threads:
        return sorted(threads.map(run, moves))


def test_two_administrators_who_demote_each_other_at_once_leave_one() -> None:
    ada, eve = make_member(role=Role.ADMINISTRATOR), make_member(role=Role.ADMINISTRATOR)
    answers = at_once(
        lambda: membership.change_role(User.objects.get(pk=eve.pk), actor=ada, role=Role.MEMBER),
        lambda: membership.suspend(User.objects.get(pk=ada.pk), actor=eve),
    )
    assert answers == ["NotAllowed", "done"]
    assert User.objects.active_administrators().count() == 1


def test_two_browsers_with_one_invitation_make_one_account() -> None:
    token = membership.invite(actor=make_member(role=Role.ADMINISTRATOR), email="", role=Role.MEMBER).token
    answers = at_once(
        lambda: membership.accept(token, email="zoe@studio.example", name="Zoe", password=PASSWORD),
        lambda: membership.accept(token, email="zed@studio.example", name="Zed", password=PASSWORD),
    )
    assert answers == ["InvitationUnusable", "done"]
    assert User.objects.filter(email__startswith="z").count() == 1


def test_revoking_and_accepting_at_once_have_one_winner() -> None:
    ada = make_member(role=Role.ADMINISTRATOR)
    new = membership.invite(actor=ada, email="", role=Role.MEMBER)
    answers = at_once(
        lambda: membership.accept(new.token, email="zoe@studio.example", name="Zoe", password=PASSWORD),
        lambda: membership.revoke(new.invitation, actor=ada),
    )
    invitation = Invitation.objects.get()
    assert answers == ["InvitationUnusable", "done"]
    assert (invitation.accepted_at is None) != (invitation.revoked_at is None)
    assert MembershipEvent.objects.filter(kind__in=["joined", "revoked"]).count() == 1
