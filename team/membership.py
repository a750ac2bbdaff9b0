"""The moves of a membership: who comes in, as what, and who is kept out. Each leaves a MembershipEvent.

Whoever asks must be an active administrator at the moment of the change and cannot be the one who is changed.
So one active administrator always remains: the one who asked.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from team.errors import AlreadyMember, InvitationUnusable, NotAllowed, OwnMembership
from team.models import Invitation, MembershipEvent, Role, User, normalised_email, token_digest

Kind = MembershipEvent.Kind


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """The one moment at which the token itself is known."""

    invitation: Invitation
    token: str = field(repr=False)


@transaction.atomic
def invite(*, actor: User, email: str, role: str) -> NewInvitation:
    """Opens a door for a week. Of several invitations for one address only the newest stays open."""
    _require_administrator(actor)
    email = normalised_email(email)
    if email:
        if User.objects.filter(email=email).exists():
            raise AlreadyMember(_("A member with this e-mail address exists already."))
        _revoke_all(list(Invitation.objects.pending().filter(email=email)), actor=actor)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email, role=Role(role), token_digest=token_digest(token), invited_by=actor
    )
    MembershipEvent.objects.create(
        actor=actor, invitation=invitation, kind=Kind.INVITED, after=invitation.role
    )
    return NewInvitation(invitation, token)


def accept(token: str, *, email: str, name: str, password: str, language: str = "") -> User:
    """Makes the account. The invitation's own address counts; `email` is for one that has none."""
    try:
        with transaction.atomic():
            invitation = _take(token)
            member = User.objects.create_user(
                invitation.email or email, password, name=name, role=invitation.role, language=language
            )
            Invitation.objects.filter(pk=invitation.pk).update(accepted_by=member)
            MembershipEvent.objects.create(
                actor=member, subject=member, invitation=invitation, kind=Kind.JOINED, after=member.role
            )
    except IntegrityError as exc:
        # The invitation is open again: the transaction that took it is undone.
        raise AlreadyMember(_("A member with this e-mail address exists already.")) from exc
    return member


@transaction.atomic
def revoke(invitation: Invitation, *, actor: User) -> None:
    """Closes an open invitation. One that was accepted meanwhile stays so, and the caller hears of it."""
    _require_administrator(actor)
    if not _revoke_all([invitation], actor=actor):
        raise InvitationUnusable(_("This invitation is not open any more. Nothing was changed."))


@transaction.atomic
def change_role(member: User, *, actor: User, role: str) -> None:
    before = _locked(member, actor=actor).role
    after = Role(role)
    if after != before:
        User.objects.filter(pk=member.pk).update(role=after)
        _record(Kind.ROLE_CHANGED, actor=actor, member=member, before=before, after=after)
        if before == Role.ADMINISTRATOR:
            _revoke_those_of(member, actor=actor)
    member.refresh_from_db()


@transaction.atomic
def suspend(member: User, *, actor: User) -> None:
    """Keeps a member out from this moment on, in every browser. What they made stays."""
    if _locked(member, actor=actor).is_active:
        User.objects.filter(pk=member.pk).update(is_active=False, sessions_ended_at=timezone.now())
        _record(Kind.SUSPENDED, actor=actor, member=member, before="active", after="suspended")
        _revoke_those_of(member, actor=actor)
    member.refresh_from_db()


@transaction.atomic
def reinstate(member: User, *, actor: User) -> None:
    """Lets a member sign in again. The sessions that the suspension ended stay ended."""
    if not _locked(member, actor=actor).is_active:
        User.objects.filter(pk=member.pk).update(is_active=True)
        _record(Kind.REINSTATED, actor=actor, member=member, before="suspended", after="active")
    member.refresh_from_db()


def _require_administrator(actor: User) -> None:
    """Asks the database, under a lock on every administrator: `actor` may have lost the role since then.

    All moves wait for each other here: of two administrators who demote one another at once, one succeeds.
    SQLite has no row locks and needs none: its transactions write one at a time.
    """
    # no_key: whoever accepts an invitation writes rows that point at an administrator, and need not wait.
    administrators = User.objects.active_administrators().select_for_update(no_key=True).order_by("pk")
    if actor.pk not in {administrator.pk for administrator in administrators}:
        raise NotAllowed(_("Only an administrator can do this."))


def _locked(member: User, *, actor: User) -> User:
    """The member as the database has them now, after asking whether `actor` may change them."""
    _require_administrator(actor)
    if member.pk == actor.pk:
        raise OwnMembership(_("You cannot change your own membership. Ask another administrator to do it."))
    return User.objects.select_for_update(no_key=True).get(pk=member.pk)


def _take(token: str) -> Invitation:
    """Uses an invitation up. Of two browsers at once, the row that was changed tells who was first."""
    taken = Invitation.objects.pending().with_token(token).update(accepted_at=timezone.now())
    if not taken:
        raise InvitationUnusable(_("This invitation cannot be used any more. Ask for a new one."))
    return Invitation.objects.with_token(token).get()


def _revoke_those_of(member: User, *, actor: User) -> None:
    """A door that somebody opened as an administrator closes when they no longer are one."""
    _revoke_all(list(Invitation.objects.pending().filter(invited_by=member)), actor=actor)


def _revoke_all(invitations: list[Invitation], *, actor: User) -> int:
    revoked = 0
    for invitation in invitations:
        if Invitation.objects.pending().filter(pk=invitation.pk).update(revoked_at=timezone.now()):
            MembershipEvent.objects.create(
                actor=actor, invitation=invitation, kind=Kind.REVOKED, before=invitation.role
            )
            revoked += 1
    return revoked


def _record(kind: str, *, actor: User, member: User, before: str, after: str) -> None:
    MembershipEvent.objects.create(actor=actor, subject=member, kind=kind, before=before, after=after)
