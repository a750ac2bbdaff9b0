from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse
from django.test import RequestFactory

from team.access import MemberRequest, administrator_required, is_own_url, member_required, reviewer_required
from team.models import User


def page(request: MemberRequest) -> HttpResponse:
    return HttpResponse(request.user.display_name)


def status(view: object, user: User | AnonymousUser) -> int:
    request = RequestFactory().get("/page/")
    request.user = user
    assert callable(view)
    try:
        response = view(request)
    except Http404:
        return 404
    assert isinstance(response, HttpResponse)
    return response.status_code


def test_a_page_of_members_is_for_everybody_who_is_signed_in(ada: User, rui: User, mei: User) -> None:
    view = member_required(page)
    assert [status(view, person) for person in (ada, rui, mei, AnonymousUser())] == [200, 200, 200, 302]


def test_a_page_of_reviewers_does_not_exist_for_members(ada: User, rui: User, mei: User) -> None:
    view = reviewer_required(page)
    assert [status(view, person) for person in (ada, rui, mei, AnonymousUser())] == [200, 200, 404, 302]


def test_a_page_of_administrators_does_not_exist_for_others(ada: User, rui: User, mei: User) -> None:
    view = administrator_required(page)
    assert [status(view, person) for person in (ada, rui, mei, AnonymousUser())] == [200, 404, 404, 302]


@pytest.mark.parametrize("url", ["/history/", "/?a=b#c", "history/", "http://testserver/history/"])
def test_addresses_on_this_host_are_its_own(url: str) -> None:
    assert is_own_url(RequestFactory().get("/"), url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        None,
        "//evil.example",
        "///evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https:///evil.example",
        "http://testserver@evil.example",
        "http://testserver.evil.example",
        "\x08//evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://[",
        "ftp://testserver/",
        "history",
        "generations:no-such-view",
    ],
)
def test_addresses_elsewhere_are_not(url: str | None) -> None:
    assert not is_own_url(RequestFactory().get("/"), url)
