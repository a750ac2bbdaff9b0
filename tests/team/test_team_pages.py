from __future__ import annotations

import re
from smtplib import SMTPException

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from team import membership
from team.models import Invitation, Role, User
from tests.people import PASSWORD

JOIN = {"name": "Zoe", "password1": PASSWORD, "password2": PASSWORD, "language": ""}
TEAM_PAGES = [
    "/team/invite/",
    "/team/members/{mei}/role/",
    "/team/members/{mei}/suspend/",
    "/team/members/{mei}/reinstate/",
    "/team/invitations/1/revoke/",
]


@pytest.fixture
def administrator(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def link_in(page: str) -> str:
    [link] = re.findall(r"http://testserver(/team/join/[^\"/\s]+/)", page)
    return str(link)


def test_the_list_is_for_administrators(client: Client, ada: User, rui: User, mei: User) -> None:
    assert client.get("/team/").headers["Location"] == "/account/login/?next=/team/"
    for person, status in ((ada, 200), (rui, 404), (mei, 404)):
        client.force_login(person)
        assert client.get("/team/").status_code == status


@pytest.mark.parametrize("page", TEAM_PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_only_administrators_change_the_team(
    page: str, method: str, client: Client, mei: User, rui: User
) -> None:
    url = page.format(mei=mei.pk)
    assert getattr(client, method)(url).headers["Location"] == f"/account/login/?next={url}"
    for person in (mei, rui):
        client.force_login(person)
        assert getattr(client, method)(url, {"role": "administrator"}).status_code == 404
    mei.refresh_from_db()
    assert (mei.role, mei.is_active) == (Role.MEMBER, True)


def test_the_page_lists_everybody_with_role_and_state(administrator: Client, ada: User, rui: User) -> None:
    membership.suspend(rui, actor=ada)
    page = administrator.get("/team/").content.decode()
    assert "rui@studio.example" in page
    assert "Reviewer" in page
    assert "Suspended" in page


def test_an_invitation_by_mail_reaches_its_address_and_works(administrator: Client) -> None:
    administrator.post("/team/invite/", {"email": "zoe@studio.example", "role": "reviewer"})
    [message] = mail.outbox
    assert message.to == ["zoe@studio.example"]
    assert message.subject == "Ada invites you to the image studio"
    Client().post(link_in(str(message.body)), JOIN)
    assert User.objects.get(email="zoe@studio.example").role == Role.REVIEWER


def test_an_invitation_speaks_the_language_of_the_one_who_invites(administrator: Client, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(language="zh-hans")
    administrator.post("/team/invite/", {"email": "zoe@studio.example", "role": "member"})
    # Django itself writes dates so in Chinese.
    assert f"{timezone.now().year}年" in str(mail.outbox[0].body).replace(" ", "")


def test_a_link_is_shown_once(administrator: Client) -> None:
    page = administrator.post("/team/invite/", {"email": "", "role": "member"})
    link = link_in(page.content.decode())
    assert not mail.outbox
    assert "no-store" in page.headers["Cache-Control"]
    assert link not in administrator.get("/team/").content.decode()


def test_a_dead_mail_server_leaves_the_link_to_pass_on(
    administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> int:
        raise SMTPException("away")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    page = administrator.post("/team/invite/", {"email": "zoe@studio.example", "role": "member"})
    assert "did not take the message" in page.content.decode()
    assert Client().get(link_in(page.content.decode())).status_code == 200


def test_a_name_with_a_line_break_adds_no_header_to_the_mail(administrator: Client, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(name="Ada\r\nBcc: everybody@studio.example")
    administrator.post("/team/invite/", {"email": "zoe@studio.example", "role": "member"})
    assert "\n" not in mail.outbox[0].subject
    assert mail.outbox[0].recipients() == ["zoe@studio.example"]


def test_inviting_a_member_is_answered_at_the_field(administrator: Client, mei: User) -> None:
    page = administrator.post("/team/invite/", {"email": "MEI@studio.example", "role": "member"})
    assert "exists already" in page.content.decode()
    assert not Invitation.objects.exists()


def test_reading_a_confirmation_changes_nothing(administrator: Client, ada: User, mei: User) -> None:
    membership.invite(actor=ada, email="", role=Role.MEMBER)
    invitation = Invitation.objects.get()
    for url in (
        f"/team/members/{mei.pk}/suspend/",
        f"/team/members/{mei.pk}/reinstate/",
        f"/team/members/{mei.pk}/role/",
        f"/team/invitations/{invitation.pk}/revoke/",
    ):
        assert administrator.get(url).status_code == 200
    mei.refresh_from_db()
    assert mei.is_active
    assert Invitation.objects.pending().exists()


def test_an_administrator_changes_suspends_and_reinstates(administrator: Client, mei: User) -> None:
    administrator.post(f"/team/members/{mei.pk}/role/", {"role": "reviewer"})
    administrator.post(f"/team/members/{mei.pk}/suspend/", {"confirmed": "yes"})
    mei.refresh_from_db()
    assert (mei.role, mei.is_active) == (Role.REVIEWER, False)
    page = administrator.post(f"/team/members/{mei.pk}/reinstate/", {"confirmed": "yes"}, follow=True)
    mei.refresh_from_db()
    assert mei.is_active
    assert "Mei can sign in again." in page.content.decode()


def test_changing_oneself_is_refused_in_words(administrator: Client, ada: User) -> None:
    page = administrator.post(f"/team/members/{ada.pk}/suspend/", follow=True)
    assert "You cannot change your own membership." in page.content.decode()


def test_a_revoked_link_says_what_to_do(administrator: Client) -> None:
    link = link_in(administrator.post("/team/invite/", {"role": "member"}).content.decode())
    administrator.post(f"/team/invitations/{Invitation.objects.get().pk}/revoke/")
    page = Client().get(link)
    assert page.status_code == 410
    assert "taken back" in page.content.decode()


def test_an_expired_link_says_whom_to_ask(client: Client, ada: User) -> None:
    new = membership.invite(actor=ada, email="", role=Role.MEMBER)
    Invitation.objects.update(expires_at=timezone.now())
    page = client.get(f"/team/join/{new.token}/")
    assert page.status_code == 410
    assert "Ask Ada for a new one" in page.content.decode()


def test_a_used_link_says_so(client: Client, ada: User) -> None:
    new = membership.invite(actor=ada, email="zoe@studio.example", role=Role.MEMBER)
    assert Client().post(f"/team/join/{new.token}/", JOIN).status_code == 302
    page = client.post(f"/team/join/{new.token}/", JOIN)
    assert page.status_code == 410
    assert "Somebody has joined with it already" in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["x", "%00", "a" * 3000, "..%2f..", "%F0%9F%92%A9"])
def test_an_unknown_link_is_answered_with_a_page(client: Client, token: str) -> None:
    assert client.get(f"/team/join/{token}/").status_code == 404


def test_the_accept_page_says_who_invites_and_as_what(client: Client, ada: User) -> None:
    new = membership.invite(actor=ada, email="zoe@studio.example", role=Role.REVIEWER)
    page = client.get(f"/team/join/{new.token}/").content.decode()
    assert "Ada invites you. Your role: Reviewer." in page
    assert "zoe@studio.example" in page


def test_joining_signs_in_and_keeps_the_language(client: Client, ada: User) -> None:
    new = membership.invite(actor=ada, email="", role=Role.MEMBER)
    form = {**JOIN, "email": "Zoe@studio.example", "language": "zh-hans", "role": "administrator"}
    client.post(f"/team/join/{new.token}/", form)
    zoe = User.objects.get(email="zoe@studio.example")
    assert (zoe.role, zoe.language) == (Role.MEMBER, "zh-hans")
    assert client.get("/settings/").headers["Content-Language"] == "zh-hans"


@pytest.mark.parametrize(
    "wrong",
    [
        {"password1": "short", "password2": "short"},
        {"password2": "something else entirely"},
        {"name": ""},
        {"email": "mei@studio.example"},
        {"language": "xx"},
    ],
)
def test_a_form_with_a_mistake_uses_no_invitation_up(
    client: Client, ada: User, mei: User, wrong: dict[str, str]
) -> None:
    new = membership.invite(actor=ada, email="", role=Role.MEMBER)
    page = client.post(f"/team/join/{new.token}/", {**JOIN, "email": "zoe@studio.example", **wrong})
    assert page.status_code == 200
    assert Invitation.objects.pending().exists()


def test_somebody_who_is_signed_in_does_not_use_up_an_invitation(administrator: Client, ada: User) -> None:
    new = membership.invite(actor=ada, email="", role=Role.MEMBER)
    page = administrator.post(f"/team/join/{new.token}/", {**JOIN, "email": "zoe@studio.example"})
    assert page.status_code == 409
    assert Invitation.objects.pending().exists()


def test_names_are_shown_as_text(administrator: Client, mei: User) -> None:
    User.objects.filter(pk=mei.pk).update(name="<script>alert(1)</script>")
    for url in ("/team/", f"/team/members/{mei.pk}/suspend/", "/admin/team/user/"):
        assert "<script>alert" not in administrator.get(url).content.decode()


def test_a_post_without_the_token_of_its_page_is_refused(ada: User, mei: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert strict.post(f"/team/members/{mei.pk}/suspend/").status_code == 403
    assert strict.post("/language/", {"theme": "dark"}).status_code == 403
