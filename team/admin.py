from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account import admin as account_admin  # noqa: F401  registers EmailAddress, taken out below
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth import admin as auth_admin  # noqa: F401  registers Group, which is taken out below
from django.contrib.auth.models import Group
from django.http import HttpRequest

from team.models import Invitation, MembershipEvent, User

if TYPE_CHECKING:
    _UserAdmin = admin.ModelAdmin[User]
    _InvitationAdmin = admin.ModelAdmin[Invitation]
    _MembershipEventAdmin = admin.ModelAdmin[MembershipEvent]
else:
    _UserAdmin = _InvitationAdmin = _MembershipEventAdmin = admin.ModelAdmin

# Roles are all the permissions there are; a group would promise something that nothing asks for.
admin.site.unregister(Group)
# A member has one address, in the member's own row; allauth's table of further ones is not used.
admin.site.unregister(EmailAddress)


class NothingByHand:
    """Rows that come and change on the team page only, where the rules hold and each change is recorded."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class ReadOnly(NothingByHand):
    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(NothingByHand, _UserAdmin):
    list_display = ("email", "name", "role", "is_active", "created_at", "last_login")
    list_filter = ("role", "is_active", "language")
    search_fields = ("email", "name")
    ordering = ("email",)
    fields = (
        "email",
        "name",
        "role",
        "is_active",
        "language",
        "theme",
        "created_at",
        "last_login",
        "sessions_ended_at",
    )
    readonly_fields = ("role", "is_active", "created_at", "last_login", "sessions_ended_at")


@admin.register(Invitation)
class InvitationAdmin(ReadOnly, _InvitationAdmin):
    list_display = ("__str__", "role", "invited_by", "created_at", "expires_at", "accepted_at", "revoked_at")
    list_filter = ("role",)
    list_select_related = ("invited_by",)
    search_fields = ("email", "invited_by__email", "invited_by__name")
    fields = (
        "email",
        "role",
        "invited_by",
        "created_at",
        "expires_at",
        "accepted_at",
        "accepted_by",
        "revoked_at",
    )


@admin.register(MembershipEvent)
class MembershipEventAdmin(ReadOnly, _MembershipEventAdmin):
    list_display = ("at", "actor", "kind", "subject", "invitation", "before", "after")
    list_filter = ("kind",)
    list_select_related = ("actor", "subject", "invitation")
    search_fields = ("actor__email", "subject__email")
