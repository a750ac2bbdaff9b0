from __future__ import annotations

import re
from smtplib import SMTPException

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils.translation import get_language
from pytest_django import Settings

from team import membership
from team.models import User
from tests.people import PASSWORD

LOGIN = "/account/login/"
EVIL = [
    "//evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "https:evil.example",
    "https://evil.example/",
]


def sign_in(client: Client, email: str, password: str = PASSWORD, *, to: str = "") -> object:
    return client.post(
        f"{LOGIN}?next={to}" if to else LOGIN, {"login": email, "password": password, "next": to}
    )


def signed_in(client: Client) -> bool:
    return client.get("/settings/").status_code == 200


def test_a_member_signs_in_with_address_and_password(client: Client, mei: User) -> None:
    sign_in(client, "MEI@studio.example")
    assert signed_in(client)
    # The address on the account is the only one: a second table of addresses would be a second key.
    assert not EmailAddress.objects.exists()


@pytest.mark.django_db
def test_the_sign_in_page_speaks_the_words_of_the_studio(client: Client) -> None:
    form = client.get(LOGIN).context["form"]
    assert [(field.label, field.help_text) for field in form] == [("E-mail", ""), ("Password", "")]


def test_signing_in_leads_to_the_page_that_was_asked_for(client: Client, mei: User) -> None:
    response = client.post(LOGIN, {"login": mei.email, "password": PASSWORD, "next": "/settings/"})
    assert response.headers["Location"] == "/settings/"


@pytest.mark.parametrize("target", EVIL)
def test_signing_in_never_leads_to_another_host(client: Client, mei: User, target: str) -> None:
    response = client.post(LOGIN, {"login": mei.email, "password": PASSWORD, "next": target})
    assert response.status_code == 302
    assert response.headers["Location"] == "/"


@pytest.mark.parametrize("target", EVIL)
def test_signing_out_never_leads_to_another_host(client: Client, mei: User, target: str) -> None:
    client.force_login(mei)
    response = client.post("/account/logout/", {"next": target})
    assert response.headers["Location"] == LOGIN


def test_another_host_of_the_studio_is_another_host(client: Client, mei: User, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    response = client.post(
        LOGIN, {"login": mei.email, "password": PASSWORD, "next": "https://other.example/"}
    )
    assert response.headers["Location"] == "/"


def test_an_unknown_address_and_a_wrong_password_get_the_same_words(client: Client, mei: User) -> None:
    errors = [
        client.post(LOGIN, {"login": email, "password": "wrong"}).context["form"].errors
        for email in (mei.email, "nobody@studio.example")
    ]
    assert errors[0] == errors[1]
    assert errors[0]["__all__"] == ["The e-mail address or the password is not right."]


def test_guessing_is_stopped_for_the_right_password_too(client: Client, mei: User) -> None:
    for _ in range(5):
        client.post(LOGIN, {"login": mei.email, "password": "wrong"})
    response = client.post(LOGIN, {"login": mei.email, "password": PASSWORD})
    assert "Too many attempts" in response.content.decode()
    assert not signed_in(client)


def test_guessing_across_many_addresses_is_stopped_too(client: Client, mei: User) -> None:
    for number in range(10):
        client.post(LOGIN, {"login": f"somebody{number}@studio.example", "password": "wrong"})
    client.post(LOGIN, {"login": mei.email, "password": PASSWORD})
    assert not signed_in(client)


def test_the_address_of_the_visitor_cannot_be_made_up(client: Client, mei: User) -> None:
    for number in range(10):
        client.post(
            LOGIN,
            {"login": f"somebody{number}@studio.example", "password": "wrong"},
            headers={"x-forwarded-for": f"192.0.2.{number}"},
        )
    client.post(LOGIN, {"login": mei.email, "password": PASSWORD}, headers={"x-forwarded-for": "192.0.2.99"})
    assert not signed_in(client)


def test_more_attempts_than_a_person_makes_get_a_page_that_says_so(client: Client, mei: User) -> None:
    responses = [client.post(LOGIN, {"login": "x", "password": ""}) for _ in range(31)]
    assert responses[-1].status_code == 429
    assert "wait a few minutes" in responses[-1].content.decode()


def test_the_admin_has_no_door_of_its_own(client: Client, ada: User) -> None:
    response = client.post("/admin/login/", {"username": ada.email, "password": PASSWORD})
    assert response.headers["Location"] == "/account/login/?next=/admin/"
    assert not signed_in(client)
    assert client.get("/admin/").status_code == 302


def test_an_administrator_enters_the_admin(client: Client, ada: User) -> None:
    client.force_login(ada)
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/login/?next=//evil.example").headers["Location"] == "/admin/"
    assert client.get("/admin/password_change/").headers["Location"] == "/account/password/change/"


@pytest.mark.parametrize("somebody", ["rui", "mei"])
def test_for_others_there_is_no_admin(client: Client, somebody: str, request: pytest.FixtureRequest) -> None:
    client.force_login(request.getfixturevalue(somebody))
    assert client.get("/admin/", follow=True).status_code == 404


def test_suspending_ends_every_session_at_once_and_for_good(client: Client, ada: User, mei: User) -> None:
    other_browser = Client()
    sign_in(client, mei.email)
    sign_in(other_browser, mei.email)
    membership.suspend(mei, actor=ada)
    assert not signed_in(client)
    membership.reinstate(mei, actor=ada)
    assert not signed_in(other_browser)
    sign_in(client, mei.email)
    assert signed_in(client)


def test_a_suspended_member_with_the_right_password_is_told_so(client: Client, ada: User, mei: User) -> None:
    membership.suspend(mei, actor=ada)
    response = client.post(LOGIN, {"login": mei.email, "password": PASSWORD}, follow=True)
    assert "suspended" in response.content.decode()
    assert not signed_in(client)


def test_with_a_wrong_password_nobody_learns_that_a_member_is_suspended(
    client: Client, ada: User, mei: User
) -> None:
    membership.suspend(mei, actor=ada)
    response = client.post(LOGIN, {"login": mei.email, "password": "wrong"})
    assert response.context["form"].errors["__all__"] == ["The e-mail address or the password is not right."]


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_signs_up_without_an_invitation(client: Client, method: str) -> None:
    data = {"email": "zoe@studio.example", "password1": PASSWORD}
    response = getattr(client, method)("/account/signup/", data)
    assert "By invitation only" in response.content.decode()
    assert not User.objects.exists()


def test_signing_out_needs_a_click(client: Client, mei: User) -> None:
    client.force_login(mei)
    client.get("/account/logout/")
    assert signed_in(client)
    client.post("/account/logout/")
    assert not signed_in(client)


def test_a_forgotten_password_is_replaced_by_mail(client: Client, mei: User) -> None:
    client.post("/account/password/reset/", {"email": "MEI@studio.example"})
    [link] = re.findall(r"http://testserver(\S+)", str(mail.outbox[0].body))
    form = client.get(link, follow=True)
    new = "another long enough phrase"
    client.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    sign_in(client, mei.email, new)
    assert signed_in(client)
    assert "cannot be used any more" in Client().get(link, follow=True).content.decode()


def test_resetting_a_password_says_the_same_for_an_unknown_address(client: Client, mei: User) -> None:
    pages = [
        client.post("/account/password/reset/", {"email": email}, follow=True)
        for email in (mei.email, "nobody@studio.example")
    ]
    assert pages[0].redirect_chain == pages[1].redirect_chain
    assert [message.to for message in mail.outbox] == [[mei.email], ["nobody@studio.example"]]
    assert "http" not in str(mail.outbox[1].body)


def test_the_link_is_mailed_in_the_language_of_the_member(
    client: Client, mei: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken: list[str | None] = []

    def listen(*args: object) -> int:
        spoken.append(get_language())
        return 1

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", listen)
    User.objects.filter(pk=mei.pk).update(language="zh-hans")
    page = client.post("/account/password/reset/", {"email": mei.email}, headers={"accept-language": "en"})
    assert spoken == ["zh-hans"]
    assert page.headers["Content-Language"] == "en"


def test_a_mail_server_that_is_away_tells_nothing_about_an_address(
    client: Client, mei: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> int:
        raise SMTPException("away")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    response = client.post("/account/password/reset/", {"email": mei.email})
    assert response.headers["Location"] == "/account/password/reset/done/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "key", ["1-abc", "zzzzzzzzzzzzz-abc", "zzzzzzzzzzzzzzzzzz-x", "0-%00", "1-set-password"]
)
def test_a_made_up_reset_link_gets_a_page_that_says_what_to_do(client: Client, key: str) -> None:
    page = client.get(f"/account/password/reset/key/{key}/", follow=True)
    assert page.status_code == 200
    assert "Ask for a new link" in page.content.decode()


def test_changing_the_password_ends_the_other_sessions_only(client: Client, mei: User) -> None:
    other_browser = Client()
    other_browser.force_login(mei)
    client.force_login(mei)
    new = "another long enough phrase"
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    response = client.post("/account/password/change/", data)
    assert response.headers["Location"] == reverse("team:settings")
    assert signed_in(client)
    assert not signed_in(other_browser)


@pytest.mark.parametrize("password", ["short", "mei@studio.example", "1234567890", "password"])
def test_a_weak_password_is_refused(client: Client, mei: User, password: str) -> None:
    client.force_login(mei)
    data = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    assert client.post("/account/password/change/", data).status_code == 200
    mei.refresh_from_db()
    assert mei.check_password(PASSWORD)


@pytest.mark.parametrize(
    "page", ["email/", "confirm-email/", "reauthenticate/", "password/set/", "login/code/confirm/"]
)
def test_pages_of_allauth_that_the_studio_does_not_have_are_not_reachable(
    client: Client, mei: User, page: str
) -> None:
    client.force_login(mei)
    assert client.get(f"/account/{page}").status_code == 404
