from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError
from django.utils import timezone

from team import membership
from team.errors import AlreadyMember, InvitationUnusable, NotAllowed, OwnMembership
from team.models import Invitation, InvitationState, MembershipEvent, Role, User
from tests.people import PASSWORD, make_member

Kind = MembershipEvent.Kind


def invited(ada: User, *, email: str = "", role: str = Role.MEMBER) -> membership.NewInvitation:
    return membership.invite(actor=ada, email=email, role=role)


def joined(token: str, *, email: str = "zoe@studio.example") -> User:
    return membership.accept(token, email=email, name="Zoe", password=PASSWORD)


def test_an_address_is_one_member_whatever_its_case(mei: User) -> None:
    with pytest.raises(IntegrityError):
        make_member(email="MEI@Studio.Example ")


def test_the_database_itself_refuses_an_address_in_another_case(mei: User, bo: User) -> None:
    with pytest.raises(IntegrityError):
        User.objects.filter(pk=bo.pk).update(email="MEI@studio.example")


def test_the_role_is_all_the_permissions_there_are(ada: User, rui: User, mei: User) -> None:
    assert [person.is_staff for person in (ada, rui, mei)] == [True, False, False]
    assert [person.is_superuser for person in (ada, rui, mei)] == [True, False, False]
    assert [person.is_reviewer for person in (ada, rui, mei)] == [True, True, False]
    assert [person.has_perm("team.change_user") for person in (ada, rui, mei)] == [True, False, False]


@pytest.mark.django_db
def test_the_first_administrator_is_made_without_an_invitation() -> None:
    boss = User.objects.create_administrator(email=" Boss@Studio.example", password=PASSWORD)
    assert boss.email == "boss@studio.example"
    assert boss.is_administrator
    assert boss.check_password(PASSWORD)
    assert boss.display_name == "boss"


def test_whoever_accepts_becomes_a_member_in_the_role_of_the_invitation(ada: User) -> None:
    new = invited(ada, email="Zoe@studio.example", role=Role.REVIEWER)
    zoe = joined(new.token, email="somebody.else@studio.example")
    new.invitation.refresh_from_db()
    assert (zoe.email, zoe.role) == ("zoe@studio.example", Role.REVIEWER)
    assert new.invitation.accepted_by == zoe
    assert new.invitation.state == InvitationState.ACCEPTED


def test_an_invitation_works_once(ada: User) -> None:
    token = invited(ada).token
    joined(token)
    with pytest.raises(InvitationUnusable):
        joined(token, email="second@studio.example")
    assert not User.objects.filter(email="second@studio.example").exists()


def test_an_invitation_stays_open_when_its_address_turns_out_to_be_taken(ada: User, mei: User) -> None:
    new = invited(ada)
    with pytest.raises(AlreadyMember):
        joined(new.token, email="MEI@studio.example")
    new.invitation.refresh_from_db()
    assert new.invitation.state == InvitationState.PENDING
    assert joined(new.token).is_active


def test_an_expired_invitation_is_refused(ada: User) -> None:
    new = invited(ada)
    Invitation.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    with pytest.raises(InvitationUnusable):
        joined(new.token)


def test_a_revoked_invitation_is_refused(ada: User) -> None:
    new = invited(ada)
    membership.revoke(new.invitation, actor=ada)
    with pytest.raises(InvitationUnusable):
        joined(new.token)


def test_an_accepted_invitation_cannot_be_revoked(ada: User) -> None:
    new = invited(ada)
    joined(new.token)
    with pytest.raises(InvitationUnusable):
        membership.revoke(new.invitation, actor=ada)
    new.invitation.refresh_from_db()
    assert new.invitation.revoked_at is None


def test_an_invitation_lasts_a_week(ada: User) -> None:
    invitation = invited(ada).invitation
    assert dt.timedelta(days=6, hours=23) < invitation.expires_at - timezone.now() <= dt.timedelta(days=7)


def test_the_token_is_kept_nowhere(ada: User) -> None:
    new = invited(ada)
    row = Invitation.objects.filter(pk=new.invitation.pk).values().get()
    assert new.token not in repr(row)
    assert new.token not in repr(new)


def test_of_two_invitations_for_one_address_the_newer_is_open(ada: User) -> None:
    first, second = invited(ada, email="zoe@studio.example"), invited(ada, email="ZOE@studio.example")
    assert list(Invitation.objects.pending()) == [second.invitation]
    with pytest.raises(InvitationUnusable):
        joined(first.token)


def test_members_are_not_invited_again(ada: User, mei: User) -> None:
    with pytest.raises(AlreadyMember):
        invited(ada, email="Mei@studio.example")


@pytest.mark.parametrize("somebody", ["rui", "mei"])
def test_only_administrators_decide_who_is_in_the_team(
    somebody: str, bo: User, request: pytest.FixtureRequest
) -> None:
    actor: User = request.getfixturevalue(somebody)
    with pytest.raises(NotAllowed):
        membership.invite(actor=actor, email="", role=Role.MEMBER)
    with pytest.raises(NotAllowed):
        membership.change_role(bo, actor=actor, role=Role.ADMINISTRATOR)
    with pytest.raises(NotAllowed):
        membership.suspend(bo, actor=actor)
    assert not MembershipEvent.objects.exists()


def test_nobody_changes_or_suspends_themselves(ada: User) -> None:
    with pytest.raises(OwnMembership):
        membership.change_role(ada, actor=ada, role=Role.MEMBER)
    with pytest.raises(OwnMembership):
        membership.suspend(ada, actor=ada)
    ada.refresh_from_db()
    assert ada.is_administrator
    assert ada.is_active


def test_of_two_administrators_who_demote_each_other_one_remains(ada: User) -> None:
    """Both were read while both were administrators; what the database says at the change is what counts."""
    eve = make_member(role=Role.ADMINISTRATOR)
    also_ada = User.objects.get(pk=ada.pk)
    membership.change_role(eve, actor=ada, role=Role.MEMBER)
    eve.role = Role.ADMINISTRATOR
    with pytest.raises(NotAllowed):
        membership.change_role(also_ada, actor=eve, role=Role.MEMBER)
    assert list(User.objects.active_administrators()) == [ada]


def test_a_suspended_administrator_decides_nothing(ada: User, mei: User) -> None:
    eve = make_member(role=Role.ADMINISTRATOR)
    membership.suspend(eve, actor=ada)
    with pytest.raises(NotAllowed):
        membership.suspend(mei, actor=eve)


def test_doors_opened_by_an_administrator_close_when_they_no_longer_are_one(ada: User) -> None:
    eve, eli = make_member(role=Role.ADMINISTRATOR), make_member(role=Role.ADMINISTRATOR)
    tokens = [invited(eve).token, invited(eli).token]
    membership.suspend(eve, actor=ada)
    membership.change_role(eli, actor=ada, role=Role.REVIEWER)
    for token in tokens:
        with pytest.raises(InvitationUnusable):
            joined(token)


def test_every_move_is_recorded_in_order(ada: User) -> None:
    zoe = joined(invited(ada, role=Role.MEMBER).token)
    membership.change_role(zoe, actor=ada, role=Role.REVIEWER)
    membership.suspend(zoe, actor=ada)
    membership.reinstate(zoe, actor=ada)
    events = MembershipEvent.objects.order_by("pk").values_list("actor", "subject", "kind", "before", "after")
    assert list(events) == [
        (ada.pk, None, Kind.INVITED, "", "member"),
        (zoe.pk, zoe.pk, Kind.JOINED, "", "member"),
        (ada.pk, zoe.pk, Kind.ROLE_CHANGED, "member", "reviewer"),
        (ada.pk, zoe.pk, Kind.SUSPENDED, "active", "suspended"),
        (ada.pk, zoe.pk, Kind.REINSTATED, "suspended", "active"),
    ]


def test_a_move_that_changes_nothing_leaves_no_record(ada: User, mei: User) -> None:
    membership.change_role(mei, actor=ada, role=Role.MEMBER)
    membership.reinstate(mei, actor=ada)
    assert not MembershipEvent.objects.exists()


def test_a_record_is_never_changed_or_deleted(ada: User, mei: User) -> None:
    membership.suspend(mei, actor=ada)
    event = MembershipEvent.objects.get()
    event.after = "nothing happened"
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()
