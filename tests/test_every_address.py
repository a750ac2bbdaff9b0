"""Every address that the studio answers, asked by everybody: an address that is new must be added here."""

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from generations.models import Look
from team.models import User
from tests.studio_rows import Rows, make_rows

_ABILITIES = "endpoints/<int:pk>/models/<int:model>/abilities/"
_PRICES = "endpoints/<int:pk>/models/<int:model>/prices/"
# What a GET is answered to: a visitor, another member, the owner, a reviewer, an administrator.
SHOWN = {
    "": (302, 200, 200, 200, 200),
    "options/": (302, 200, 200, 200, 200),
    "live/": (302, 200, 200, 200, 200),
    "options/price/": (302, 200, 200, 200, 200),
    "usage/": (302, 200, 200, 200, 200),
    "usage/download/": (302, 200, 200, 200, 200),
    _PRICES: (302, 404, 404, 404, 200),
    _PRICES + "<int:price>/delete/": (302, 404, 404, 404, 405),
    _PRICES + "<int:price>/end/": (302, 404, 404, 404, 405),
    "queue/": (302, 200, 200, 200, 200),
    "library/": (302, 200, 200, 200, 200),
    "library/<uuid:pk>/": (302, 404, 200, 404, 404),
    "library/<uuid:pk>/sharing/": (302, 405, 405, 405, 405),
    "library/<uuid:pk>/use/": (302, 404, 302, 404, 404),
    "series/<uuid:pk>/": (302, 404, 200, 404, 404),
    "generations/<uuid:pk>/series/": (302, 404, 200, 404, 404),
    "images/<uuid:pk>/similar/": (302, 404, 200, 200, 200),
    "queue/now/": (302, 200, 200, 200, 200),
    "queue/<uuid:pk>/move/": (302, 404, 404, 404, 405),
    "queue/<uuid:pk>/cancel/": (302, 405, 405, 405, 405),
    "keys/": (302, 200, 200, 200, 200),
    "prompts/": (302, 200, 200, 200, 200),
    "prompts/latest/": (302, 200, 200, 200, 200),
    "history/": (302, 200, 200, 200, 200),
    "history/part/": (302, 200, 200, 200, 200),
    "history/months/": (302, 404, 404, 404, 404),  # without a day
    "history/month/": (302, 200, 200, 200, 200),
    "history/counts/": (302, 200, 200, 200, 200),
    "history/total/": (302, 200, 200, 200, 200),
    "history/matching/": (302, 200, 200, 200, 200),
    "history/density/": (302, 405, 405, 405, 405),
    "history/searches/": (302, 200, 200, 200, 200),
    "history/searches/pinned/": (302, 200, 200, 200, 200),
    "history/searches/<int:pk>/rename/": (302, 405, 405, 405, 405),
    "history/searches/<int:pk>/pin/": (302, 405, 405, 405, 405),
    "history/searches/<int:pk>/delete/": (302, 405, 405, 405, 405),
    "history/act/": (302, 302, 302, 302, 302),  # the page that asks is the answer to a form
    "jobs/": (302, 200, 200, 200, 200),
    "jobs/now/": (302, 200, 200, 200, 200),
    "jobs/<uuid:pk>/": (302, 404, 200, 404, 404),
    "jobs/<uuid:pk>/now/": (302, 404, 200, 404, 404),
    "jobs/<uuid:pk>/cancel/": (302, 405, 405, 405, 405),
    "jobs/<uuid:pk>/undo/": (302, 405, 405, 405, 405),
    "jobs/<uuid:pk>/file/": (302, 404, 200, 404, 404),
    "trash/": (302, 200, 200, 200, 200),
    "trash/restore/": (302, 405, 405, 405, 405),
    "trash/empty/": (302, 302, 302, 302, 302),  # the page that asks is the answer to a form
    "data/": (302, 200, 200, 200, 200),
    "data/export/": (302, 405, 405, 405, 405),
    "data/import/": (302, 405, 405, 405, 405),
    "generations/<uuid:pk>/": (302, 404, 200, 404, 404),
    "generations/<uuid:pk>/cancel/": (302, 405, 405, 405, 405),
    "generations/<uuid:pk>/retry/": (302, 405, 405, 405, 405),
    "generations/<uuid:pk>/withdraw/": (302, 405, 405, 405, 405),
    "generations/<uuid:pk>/rewrite/": (302, 404, 302, 404, 404),  # to the page, but for what asks by itself
    "generations/<uuid:pk>/rewrite/drop/": (302, 405, 405, 405, 405),
    "images/<uuid:pk>/": (302, 404, 200, 200, 200),
    "images/<uuid:pk>/download/": (302, 404, 200, 200, 200),
    "images/<uuid:pk>/order/": (302, 404, 200, 200, 200),
    "tags/": (302, 200, 200, 200, 200),
    "collections/": (302, 200, 200, 200, 200),
    "collections/restore/": (302, 405, 405, 405, 405),
    "collections/<uuid:pk>/": (302, 404, 200, 404, 404),
    "collections/<uuid:pk>/arrange/": (302, 405, 405, 405, 405),
    "collections/<uuid:pk>/images/": (302, 405, 405, 405, 405),
    "collections/<uuid:pk>/archive/": (302, 405, 405, 405, 405),
    "collections/<uuid:pk>/delete/": (302, 405, 405, 405, 405),
    "compare/": (302, 200, 200, 200, 200),
    "images/<uuid:pk>/reference/": (302, 405, 405, 405, 405),
    "references/": (302, 200, 200, 200, 200),
    "references/<uuid:pk>/320/": (302, 404, 200, 200, 200),
    "references/<uuid:pk>/original/": (302, 404, 200, 200, 200),
    "previews/<uuid:pk>/": (302, 404, 404, 404, 404),
    "media/": (302, 404, 200, 200, 200),
    "moderation/check/": (302, 405, 405, 405, 405),
    "moderation/policy/": (302, 404, 404, 404, 200),
    "moderation/mine/": (302, 200, 200, 200, 200),
    "moderation/go-on/": (302, 405, 405, 405, 405),
    "moderation/words/": (302, 404, 404, 404, 200),
    "moderation/words/try/": (302, 404, 404, 404, 405),
    "moderation/words/restore/": (302, 404, 404, 404, 405),
    "moderation/words/<int:pk>/": (302, 404, 404, 404, 200),
    "moderation/words/<int:pk>/switch/": (302, 404, 404, 404, 405),
    "moderation/words/<int:pk>/delete/": (302, 404, 404, 404, 405),
    "review/insight/": (302, 404, 404, 200, 200),
    "review/insight/download/": (302, 404, 404, 200, 200),
    "review/": (302, 404, 404, 200, 200),
    "review/<int:pk>/": (302, 404, 404, 200, 200),
    "review/bulk/": (302, 404, 404, 405, 405),
    "review/evidence/": (302, 404, 404, 405, 405),
    "review/undo/": (302, 404, 404, 405, 405),
    "review/log/": (302, 404, 404, 200, 200),
    "review/log/download/": (302, 404, 404, 200, 200),
    "review/looks/": (302, 404, 404, 404, 200),
    "review/<int:pk>/delete/": (302, 404, 404, 404, 404),  # without an image
    "review/<int:pk>/claim/": (302, 404, 404, 405, 405),
    "review/<int:pk>/assign/": (302, 404, 404, 405, 405),
    "images/<uuid:pk>/report/": (302, 404, 404, 200, 200),  # nobody reports their own
    "refusals/<int:pk>/appeal/": (302, 404, 200, 404, 404),
    "generations/<uuid:pk>/released/": (302, 405, 405, 405, 405),
    "endpoints/": (302, 404, 404, 404, 200),
    "engine/": (302, 404, 404, 404, 200),
    "engine/now/": (302, 404, 404, 404, 200),
    "engine/parts/": (302, 404, 404, 404, 200),
    "engine/pause/": (302, 404, 404, 404, 405),
    "engine/pauses/<int:pk>/end/": (302, 404, 404, 404, 405),
    "endpoints/rules/": (302, 404, 404, 404, 200),
    "endpoints/rules/add/": (302, 404, 404, 404, 200),
    "endpoints/rules/<int:pk>/": (302, 404, 404, 404, 200),
    "endpoints/rules/<int:pk>/switch/": (302, 404, 404, 404, 405),
    "endpoints/rules/<int:pk>/up/": (302, 404, 404, 404, 405),
    "endpoints/unclassified/": (302, 404, 404, 404, 200),
    _ABILITIES: (302, 404, 404, 404, 200),
    "endpoints/add/": (302, 404, 404, 404, 200),
    "endpoints/<int:pk>/": (302, 404, 404, 404, 200),
    "endpoints/<int:pk>/switch/": (302, 404, 404, 404, 405),
    "endpoints/<int:pk>/check/": (302, 404, 404, 404, 405),
    "endpoints/<int:pk>/find/": (302, 404, 404, 404, 405),
    "endpoints/<int:pk>/models/": (302, 404, 404, 404, 405),
    "endpoints/<int:pk>/models/<int:model>/": (302, 404, 404, 404, 405),
    "healthz": (200, 200, 200, 200, 200),
    "readyz": (503, 503, 503, 503, 503),  # no broker and no workers run for these tests
    "team/": (302, 404, 404, 404, 200),
    "team/invite/": (302, 404, 404, 404, 302),
    "team/invitations/<int:pk>/revoke/": (302, 404, 404, 404, 200),
    "team/members/<int:pk>/role/": (302, 404, 404, 404, 200),
    "team/members/<int:pk>/suspend/": (302, 404, 404, 404, 200),
    "team/members/<int:pk>/reinstate/": (302, 404, 404, 404, 200),
    "team/join/<str:token>/": (200, 409, 409, 409, 409),
    "settings/": (302, 200, 200, 200, 200),
    "language/": (405, 405, 405, 405, 405),
    "account/login/": (200, 302, 302, 302, 302),
    "account/logout/": (302, 200, 200, 200, 200),
    "account/inactive/": (200, 200, 200, 200, 200),
    "account/signup/": (200, 302, 302, 302, 302),
    "account/password/change/": (302, 200, 200, 200, 200),
    "account/password/reset/": (200, 200, 200, 200, 200),
    "account/password/reset/done/": (200, 200, 200, 200, 200),
    "account/password/reset/key/": (200, 200, 200, 200, 200),
    "account/password/reset/key/done/": (200, 200, 200, 200, 200),
    "favicon.ico": (302, 302, 302, 302, 302),
    "admin/login/": (302, 404, 404, 404, 302),
    "admin/logout/": (302, 302, 302, 302, 405),
    "admin/password_change/": (302, 302, 302, 302, 302),
    "admin/autocomplete/": (302, 302, 302, 302, 403),
    "admin/r/<path:content_type_id>/<path:object_id>/": (302, 302, 302, 302, 404),
    "admin/anything/": (302, 302, 302, 302, 404),
}
# Signed-in people are sent on from here to admin/login/, where they get the 404 above.
SHOWN_IN_ADMIN = (302, 302, 302, 302, 200)
LOOKED_AT_ONLY = re.compile(r"admin/(?!generations/endpoint)\w+/\w+/(add/|<path:object_id>/delete/)")

CSP = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


@pytest.fixture
def rows(mei: User, rui: User, ada: User) -> Rows:
    return make_rows(mei, reviewer=rui, administrator=ada)


@pytest.fixture
def people(bo: User, mei: User, rui: User, ada: User) -> list[Client]:
    """The clients of those who ask, in the order of the table."""
    return [Client(), *(_signed_in(member) for member in (bo, mei, rui, ada))]


def test_everybody_gets_what_is_theirs_and_no_more(rows: Rows, people: list[Client]) -> None:
    answers = {
        route: tuple(_get(client, _address(route, rows)).status_code for client in people)
        for route in _routes()
    }

    assert answers == {route: _expected(route) for route in _routes()}


def test_the_table_names_no_address_that_is_gone() -> None:
    assert set(SHOWN) <= set(_routes())


@pytest.mark.either_database
def test_every_answer_is_shut_in_and_kept_by_no_cache(rows: Rows, people: list[Client]) -> None:
    for route in _routes():
        for client in people:
            answer = _get(client, _address(route, rows))
            _check_headers(answer, f"{route} {answer.status_code}")


@pytest.mark.parametrize(
    ("address", "status"),
    [("/nothing/here/", 404), ("/%ff/", 404), ("/history", 301), ("/history/?after=%00", 400)],
)
def test_answers_from_outside_the_views_are_shut_in_too(address: str, status: int, mei: User) -> None:
    for client in (Client(), _signed_in(mei)):
        answer = client.get(address)
        assert answer.status_code == status
        _check_headers(answer, address)


def test_a_server_error_is_shut_in_too(mei: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError

    client = _signed_in(mei)
    client.raise_request_exception = False
    for broken in ("generations.views.history.by_day", "team.middleware.speak"):
        with monkeypatch.context() as patch:
            patch.setattr(broken, fail)
            answer = client.get("/history/")
        assert answer.status_code == 500
        _check_headers(answer, broken)


@pytest.mark.either_database
def test_looking_changes_nothing(rows: Rows, people: list[Client]) -> None:
    before = _everything()

    for route in _routes():
        for client in people:
            _get(client, _address(route, rows))

    assert _everything() == before


@pytest.mark.either_database
def test_nothing_is_done_without_the_token_of_a_form(rows: Rows, bo: User, ada: User) -> None:
    clients = [Client(enforce_csrf_checks=True) for _ in range(3)]
    clients[1].force_login(bo)
    clients[2].force_login(ada)
    before = _everything()

    for route in _routes():
        for client in clients:
            answer = client.post(_address(route, rows), {"decision": "right", "role": "administrator"})
            assert answer.status_code == 403, route

    assert _everything() == before


@pytest.mark.parametrize(
    "origin", ["null", "https://evil.example", "http://testserver.evil.example", "http://testserver:81"]
)
def test_a_form_of_another_site_is_refused_though_it_has_a_token(ada: User, mei: User, origin: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    token = client.get("/settings/").cookies["csrftoken"].value
    address = f"/team/members/{mei.pk}/suspend/"

    answer = client.post(address, {"csrfmiddlewaretoken": token}, headers={"origin": origin})

    assert answer.status_code == 403
    assert client.post(address, {"csrfmiddlewaretoken": token}).status_code == 302


@pytest.mark.parametrize(
    "made_up",
    [
        "0",
        "-1",
        "1e3",
        "x",
        "9" * 30,
        "9" * 5000,
        "%00",
        "%ff",
        "..",
        "..%2f..",
        "1%20OR%201=1",
        "9d1f4a52-6f0e-4b0c-8a55-3c0a9b8c7d10",
    ],
)
def test_an_id_that_is_unknown_or_no_id_at_all_is_nothing(rows: Rows, ada: User, made_up: str) -> None:
    client = _signed_in(ada)
    for route in _routes():
        if "<" not in route:
            continue
        address = "/" + re.sub(r"<\w+:\w+>", made_up, route)
        # Those that only a form may ask are asked by one.
        answer = client.post(address) if SHOWN.get(route, [0])[-1] == 405 else _get(client, address)
        if route.startswith(
            "admin/"
        ):  # the stock admin leads to its index and says that there is no such row
            assert answer.status_code in (302, 403, 404), route
        else:
            assert answer.status_code == 404, route


def _routes() -> list[str]:
    return [_READABLE.get(route, route) for route in _walk(get_resolver())]


def _walk(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from _walk(pattern, route)


# The four whose pattern is a regular expression, under names that fit into the table.
_READABLE = {
    r"^media/(?P<pk>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(?P<variant>original|320|640)/$": "media/",
    r"account/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "account/password/reset/key/",
    "admin/^(?P<app_label>generations|team)/$": "admin/team/",
    "admin/(?P<url>.*)$": "admin/anything/",
}


def _address(route: str, rows: Rows) -> str:
    """Return the address of something of Mei's, or about her."""
    special = {
        "media/": f"media/{rows.image.pk}/320/",
        "account/password/reset/key/": "account/password/reset/key/1-set-password/",
        "team/join/<str:token>/": f"team/join/{rows.token}/",
        _ABILITIES: f"endpoints/{rows.endpoint.pk}/models/{rows.offer.pk}/abilities/",
        _PRICES: f"endpoints/{rows.endpoint.pk}/models/{rows.offer.pk}/prices/",
    }
    row = next((row for start, row in _rows_by_start(rows).items() if route.startswith(start)), 1)
    return "/" + special.get(route, re.sub(r"<\w+:\w+>", str(row), route))


def _rows_by_start(rows: Rows) -> dict[str, object]:
    return {
        "generations/": rows.generation.pk,
        "queue/<uuid": rows.generation.pk,
        "images/": rows.image.pk,
        "collections/<uuid": rows.collection.pk,
        "library/<uuid": rows.saved_prompt.pk,
        "series/": rows.generation.series,
        "references/<uuid": rows.reference.pk,
        "previews/": rows.call.pk,
        "jobs/<uuid": rows.job.pk,
        "review/": rows.case.pk,
        "moderation/words/": rows.word.pk,
        "refusals/": rows.refusal.pk,
        "endpoints/rules/": rows.rule.pk,
        "endpoints/": rows.endpoint.pk,
        "team/invitations/": rows.invitation.pk,
        "team/members/": rows.generation.member_id,
        "admin/generations/endpoint/": rows.endpoint.pk,
        "admin/generations/endpointmodel/": rows.offer.pk,
        "admin/generations/generation/": rows.generation.pk,
        "admin/generations/call/": rows.call.pk,
        "admin/generations/image/": rows.image.pk,
        "admin/generations/refusal/": rows.refusal.pk,
        "admin/generations/verdict/": rows.verdict.pk,
        "admin/team/user/": rows.generation.member_id,
        "admin/team/invitation/": rows.invitation.pk,
        "admin/team/membershipevent/": rows.invitation.events.get().pk,
    }


def _expected(route: str) -> tuple[int, ...]:
    if route in SHOWN:
        return SHOWN[route]
    assert route.startswith("admin/"), f"{route} is new: say in SHOWN who may get what"
    if LOOKED_AT_ONLY.fullmatch(route):
        return (*SHOWN_IN_ADMIN[:-1], 403)
    if route.endswith("<path:object_id>/"):  # an older spelling of the address, kept by Django
        return (*SHOWN_IN_ADMIN[:-1], 302)
    return SHOWN_IN_ADMIN


def _signed_in(member: User) -> Client:
    client = Client()
    client.force_login(member)
    return client


def _get(client: Client, address: str) -> HttpResponseBase:
    answer = client.get(address)
    # What is streamed is read to its end, or the test client leaves the database's connection behind.
    if answer.streaming:
        b"".join(answer)
    return answer


def _check_headers(answer: HttpResponseBase, about: str) -> None:
    assert answer.headers["X-Content-Type-Options"] == "nosniff", about
    assert answer.headers["Referrer-Policy"] == "same-origin", about
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", about
    assert answer.headers["X-Frame-Options"] == "DENY", about
    kept = set(answer.headers["Cache-Control"].split(", "))
    if isinstance(answer, HttpResponse):
        assert set(answer.headers["Content-Security-Policy"].split("; ")) == CSP, about
        assert kept >= {"private", "no-store"}, about
    else:  # an image
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox", about
        assert "private" in kept, about


def _everything() -> dict[str, list[dict[str, object]]]:
    """Every row of every table but sessions, throttles and the log of who has looked at what."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.app_label != "sessions" and model is not Look
    }
