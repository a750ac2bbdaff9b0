from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client

from team import membership
from team.models import Invitation, MembershipEvent, Role, User


@pytest.fixture
def administrator(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def test_no_password_hash_is_shown(administrator: Client, mei: User) -> None:
    page = administrator.get(f"/admin/team/user/{mei.pk}/change/").content.decode()
    assert "mei@studio.example" in page
    assert mei.password not in page


def test_role_and_suspension_are_not_changed_behind_the_rules(administrator: Client, ada: User) -> None:
    form = {
        "email": ada.email,
        "name": "A.",
        "role": "member",
        "is_active": "",
        "language": "",
        "theme": "dark",
    }
    administrator.post(f"/admin/team/user/{ada.pk}/change/", form)
    ada.refresh_from_db()
    assert (ada.name, ada.theme) == ("A.", "dark")
    assert (ada.role, ada.is_active) == (Role.ADMINISTRATOR, True)


def test_an_address_is_changed_in_one_spelling_and_once(administrator: Client, mei: User, bo: User) -> None:
    form = {"email": "Mei.Lin@Studio.example", "name": "Mei", "language": "", "theme": "system"}
    administrator.post(f"/admin/team/user/{mei.pk}/change/", form)
    page = administrator.post(
        f"/admin/team/user/{mei.pk}/change/", {**form, "email": "BO@studio.example"}
    ).content.decode()
    mei.refresh_from_db()
    assert mei.email == "mei.lin@studio.example"
    assert "already" in page


def test_no_token_is_shown(administrator: Client, ada: User) -> None:
    new = membership.invite(actor=ada, email="zoe@studio.example", role=Role.MEMBER)
    for url in ("/admin/team/invitation/", f"/admin/team/invitation/{new.invitation.pk}/change/"):
        page = administrator.get(url).content.decode()
        assert "zoe@studio.example" in page
        assert new.invitation.token_digest not in page


@pytest.mark.parametrize("model", [User, Invitation, MembershipEvent])
def test_nothing_is_added_or_deleted_by_hand(
    administrator: Client, ada: User, mei: User, model: type[User | Invitation | MembershipEvent]
) -> None:
    membership.invite(actor=ada, email="", role=Role.MEMBER)
    row = model._default_manager.order_by("-pk").first()
    assert row is not None
    base = f"/admin/team/{model._meta.model_name}"
    assert administrator.get(f"{base}/add/").status_code == 403
    assert administrator.post(f"{base}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert administrator.get(f"{base}/?q=ada").status_code == 200


def test_events_are_read_only(administrator: Client, ada: User, mei: User) -> None:
    membership.suspend(mei, actor=ada)
    event = MembershipEvent.objects.get()
    url = f"/admin/team/membershipevent/{event.pk}/change/"
    assert administrator.get(url).status_code == 200
    assert administrator.post(url, {"after": "nothing"}).status_code == 403


def test_there_are_no_groups() -> None:
    assert not admin.site.is_registered(Group)
