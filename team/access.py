"""Who may see a page, and where a page may send its visitor next."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme

from team.models import User

P = ParamSpec("P")


class MemberRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User


MemberView = Callable[Concatenate[MemberRequest, P], HttpResponseBase]
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def member_required(view: MemberView[P]) -> Page[P]:
    """For everybody who is signed in. Anonymous visitors sign in first and come back."""
    return _allowed(view, lambda member: True)


def reviewer_required(view: MemberView[P]) -> Page[P]:
    """For reviewers and administrators. To other members the page does not exist."""
    return _allowed(view, lambda member: member.is_reviewer)


def administrator_required(view: MemberView[P]) -> Page[P]:
    """For administrators. To other members the page does not exist."""
    return _allowed(view, lambda member: member.is_administrator)


def is_own_url(request: HttpRequest, url: str | None) -> bool:
    """Whether `url` stays on the host that was asked. Every `next` goes through here.

    One without a slash is none: Django would take it for the name of a view.
    """
    return "/" in (url or "") and url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def _allowed(view: MemberView[P], may_see: Callable[[User], bool]) -> Page[P]:
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        member_request = cast(MemberRequest, request)
        if not may_see(member_request.user):
            raise Http404
        return view(member_request, *args, **kwargs)

    # wraps() would give its result the type of the view; what is mounted answers anybody's request.
    page: Page[P] = login_required(guarded)
    update_wrapper(page, view)
    return page
