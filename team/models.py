from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any, ClassVar, NoReturn

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

INVITATION_LIFETIME = dt.timedelta(days=7)


def normalised_email(email: str) -> str:
    """The one spelling of an address that is stored and compared."""
    return email.strip().lower()


def display_name(name: str, email: str) -> str:
    """What a member is called: by the name, or by what stands before the @ of the address."""
    return name or email.partition("@")[0]


class Role(models.TextChoices):
    MEMBER = "member", _("Member")
    REVIEWER = "reviewer", _("Reviewer")
    ADMINISTRATOR = "administrator", _("Administrator")


class Language(models.TextChoices):
    BROWSER = "", _("As the browser asks")
    ENGLISH = "en", "English"
    CHINESE = "zh-hans", "简体中文"


class Theme(models.TextChoices):
    SYSTEM = "system", _("As the device is set")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Density(models.TextChoices):
    """How large images are in rows of them."""

    SMALL = "S", _("Small")
    MEDIUM = "M", _("Medium")
    LARGE = "L", _("Large")


class UserManager(BaseUserManager["User"]):
    """Django asks for this class by this name."""

    def active_administrators(self) -> models.QuerySet[User]:
        return self.filter(role=Role.ADMINISTRATOR, is_active=True)

    def as_listed(self) -> models.QuerySet[User]:
        """Everybody, those who can sign in first, then by name."""
        return self.order_by("-is_active", Lower("name"), "email")

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        if not normalised_email(email):
            raise ValueError("A member needs an e-mail address.")
        user = User(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """What `manage.py createsuperuser` calls; here that is an administrator."""
        return self.create_user(email, password, **{**fields, "role": Role.ADMINISTRATOR})

    def create_administrator(self, *, email: str, password: str) -> User:
        return self.create_user(email, password, role=Role.ADMINISTRATOR)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=normalised_email(username or ""))


class User(AbstractBaseUser):
    """A member of the team.

    The role is the whole of the permissions: there are no groups and none per type of object. So the stock
    admin's questions (is_staff, has_perm) are answered from it and cannot disagree with it.
    """

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=100, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.MEMBER)
    is_active = models.BooleanField(_("can sign in"), default=True)
    language = models.CharField(
        _("language"), max_length=10, choices=Language, blank=True, default=Language.BROWSER
    )
    theme = models.CharField(_("theme"), max_length=10, choices=Theme, default=Theme.SYSTEM)
    density = models.CharField(_("size of images"), max_length=1, choices=Density, default=Density.MEDIUM)
    single_keys = models.BooleanField(_("keys without Ctrl or Alt"), default=True)
    notifies = models.BooleanField(_("notifications"), default=False)
    sessions_ended_at = models.DateTimeField(_("sessions ended"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("member since"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique_whatever_its_case",
                violation_error_message=_("A member with this e-mail address exists already."),
            ),
        )

    def __str__(self) -> str:
        return self.display_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = normalised_email(self.email)
        super().save(*args, **kwargs)

    def clean(self) -> None:
        self.email = normalised_email(self.email)

    @property
    def display_name(self) -> str:
        return display_name(self.name, self.email)

    @property
    def is_reviewer(self) -> bool:
        return self.role in (Role.REVIEWER, Role.ADMINISTRATOR)

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMINISTRATOR

    @property
    def is_staff(self) -> bool:
        return self.is_administrator

    @property
    def is_superuser(self) -> bool:
        return self.is_administrator

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_administrator

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        return self.is_active and self.is_administrator

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_administrator

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        # Django asks here under the present and the older secret keys. With the moment in it, every session
        # opened before a suspension stays ended after the member is let back in.
        ended = self.sessions_ended_at.astimezone(dt.UTC).isoformat() if self.sessions_ended_at else ""
        return salted_hmac(
            "team.User.session", f"{self.password}|{ended}", secret=secret, algorithm="sha256"
        ).hexdigest()


class InvitationState(models.TextChoices):
    """Not stored: it follows from the moments of an invitation."""

    PENDING = "pending", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    REVOKED = "revoked", _("Revoked")
    EXPIRED = "expired", _("Expired")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def pending(self) -> InvitationQuerySet:
        """Those that can still be accepted."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())

    def with_token(self, token: str) -> InvitationQuerySet:
        return self.filter(token_digest=token_digest(token))


def token_digest(token: str) -> str:
    """What is stored of an invitation's token: enough to know it again, too little to use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def next_expiry() -> dt.datetime:
    return timezone.now() + INVITATION_LIFETIME


class Invitation(models.Model):
    """An open door for one person, for a week, once. Without an address, for whoever holds the link."""

    email = models.EmailField(_("e-mail"), blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.MEMBER)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        User, models.PROTECT, related_name="invitations_sent", verbose_name=_("invited by")
    )
    created_at = models.DateTimeField(_("invited at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires at"), default=next_expiry)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True, editable=False)
    accepted_by = models.OneToOneField(
        User, models.PROTECT, null=True, blank=True, editable=False, verbose_name=_("accepted by")
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return self.email or str(_("Invitation by link"))

    @property
    def state(self) -> InvitationState:
        if self.accepted_at:
            return InvitationState.ACCEPTED
        if self.revoked_at:
            return InvitationState.REVOKED
        if self.expires_at <= timezone.now():
            return InvitationState.EXPIRED
        return InvitationState.PENDING


class MembershipEvent(models.Model):
    """What somebody did to a membership. Rows are added and never changed."""

    class Kind(models.TextChoices):
        INVITED = "invited", _("Invited")
        REVOKED = "revoked", _("Invitation revoked")
        JOINED = "joined", _("Joined")
        ROLE_CHANGED = "role_changed", _("Role changed")
        SUSPENDED = "suspended", _("Suspended")
        REINSTATED = "reinstated", _("Reinstated")

    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("done by"))
    subject = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="membership_events",
        verbose_name=_("member"),
    )
    invitation = models.ForeignKey(
        Invitation, models.PROTECT, null=True, blank=True, related_name="events", verbose_name=_("invitation")
    )
    kind = models.CharField(_("what happened"), max_length=20, choices=Kind)
    before = models.CharField(_("before"), max_length=40, blank=True)
    after = models.CharField(_("after"), max_length=40, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("membership event")
        verbose_name_plural = _("membership events")
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject or self.invitation}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Membership events are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Membership events are never deleted.")
