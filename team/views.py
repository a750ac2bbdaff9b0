from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from team import membership
from team.access import MemberRequest, administrator_required, is_own_url, member_required
from team.errors import InvitationUnusable, MembershipError
from team.forms import InviteForm, JoinForm, PreferencesForm, RoleForm, SettingsForm
from team.mail import send_invitation
from team.models import Invitation, InvitationState, User
from team.preferences import remember

GET_OR_POST = ("GET", "HEAD", "POST")


@require_safe
@administrator_required
def members(request: MemberRequest) -> HttpResponse:
    return _members_page(request, InviteForm())


@never_cache
@require_http_methods(GET_OR_POST)
@administrator_required
def invite(request: MemberRequest) -> HttpResponse:
    """Answers with the page itself, not with a redirect: the link is kept nowhere and shown only now."""
    if request.method != "POST":
        return redirect("team:members")
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _members_page(request, form)
    try:
        new = membership.invite(actor=request.user, **form.cleaned_data)
    except MembershipError as error:
        form.add_error(None, str(error))
        return _members_page(request, form)
    link = request.build_absolute_uri(reverse("team:invitation", args=[new.token]))
    mailed = bool(new.invitation.email) and send_invitation(new.invitation, link=link)
    return _members_page(request, InviteForm(), link=link, invited=new.invitation, mailed=mailed)


@require_http_methods(GET_OR_POST)
@administrator_required
def revoke(request: MemberRequest, pk: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=pk)
    if request.method == "POST":
        return _moved(request, _("The invitation is revoked."), membership.revoke, invitation)
    return render(request, "team/revoke.html", {"invitation": invitation})


@require_http_methods(GET_OR_POST)
@administrator_required
def role(request: MemberRequest, pk: int) -> HttpResponse:
    member = get_object_or_404(User, pk=pk)
    form = RoleForm(request.POST or None, initial={"role": member.role})
    if request.method == "POST" and form.is_valid():
        done = _("The role of %(name)s is changed.") % {"name": member.display_name}
        return _moved(request, done, membership.change_role, member, role=form.cleaned_data["role"])
    return render(request, "team/role.html", {"member": member, "form": form})


@require_http_methods(GET_OR_POST)
@administrator_required
def suspend(request: MemberRequest, pk: int) -> HttpResponse:
    member = get_object_or_404(User, pk=pk)
    if request.method == "POST":
        done = _("%(name)s is suspended.") % {"name": member.display_name}
        return _moved(request, done, membership.suspend, member)
    return render(request, "team/suspend.html", {"member": member})


@require_http_methods(GET_OR_POST)
@administrator_required
def reinstate(request: MemberRequest, pk: int) -> HttpResponse:
    member = get_object_or_404(User, pk=pk)
    if request.method == "POST":
        done = _("%(name)s can sign in again.") % {"name": member.display_name}
        return _moved(request, done, membership.reinstate, member)
    return render(request, "team/reinstate.html", {"member": member})


@never_cache
@sensitive_variables("token", "form")
@sensitive_post_parameters("password1", "password2")
@require_http_methods(GET_OR_POST)
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    found = Invitation.objects.with_token(token).select_related("invited_by").first()
    if found is None or found.state != InvitationState.PENDING:
        return _closed(request, found)
    if request.user.is_authenticated:
        return render(request, "team/join_signed_in.html", {"invitation": found}, status=409)
    form = JoinForm(request.POST or None, invitation=found)
    if request.method == "POST" and form.is_valid():
        return _join(request, found, token, form)
    return render(request, "team/join.html", {"invitation": found, "form": form})


@require_http_methods(GET_OR_POST)
@member_required
def member_settings(request: MemberRequest) -> HttpResponse:
    # A form fills its instance even with bad input; the rest of the page must show the member as they are.
    form = SettingsForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        user = form.save()
        with override(user.language or get_language_from_request(request)):
            messages.success(request, _("Your settings are saved."))
        response = redirect("team:settings")
        remember(response, language=user.language, theme=user.theme)
        return response
    return render(request, "team/settings.html", {"form": form})


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Language and theme from the menu; for members they are kept on the account."""
    chosen = PreferencesForm(request.POST).chosen()
    if chosen and isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk).update(**chosen)
    back = request.POST.get("next")
    # Not redirect(): it takes a word without a slash for the name of a view.
    response = HttpResponseRedirect(back if back and is_own_url(request, back) else "/")
    remember(response, **chosen)
    return response


def _members_page(request: MemberRequest, form: InviteForm, **extra: Any) -> HttpResponse:
    context = {
        "members": User.objects.as_listed(),
        "invitations": Invitation.objects.pending().select_related("invited_by"),
        "invite_form": form,
        **extra,
    }
    return render(request, "team/members.html", context)


def _moved(request: MemberRequest, done: str, move: Any, subject: object, **kwargs: Any) -> HttpResponse:
    try:
        move(subject, actor=request.user, **kwargs)
    except MembershipError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("team:members")


def _join(request: HttpRequest, found: Invitation, token: str, form: JoinForm) -> HttpResponse:
    data = form.cleaned_data
    try:
        member = membership.accept(
            token,
            email=data.get("email", ""),
            name=data["name"],
            password=data["password1"],
            language=data["language"],
        )
    except InvitationUnusable:
        found.refresh_from_db()
        return _closed(request, found)
    except MembershipError as error:
        form.add_error(None, str(error))
        return render(request, "team/join.html", {"invitation": found, "form": form})
    login(request, member)
    response = redirect(resolve_url(settings.LOGIN_REDIRECT_URL))
    remember(response, language=member.language)
    return response


def _closed(request: HttpRequest, found: Invitation | None) -> HttpResponse:
    return render(
        request,
        "team/invitation_closed.html",
        {"invitation": found, "state": found.state if found else ""},
        status=410 if found else 404,
    )
