from __future__ import annotations

import pytest
from django.test import Client

from team.models import User

CHINESE = {"accept-language": "zh-CN,zh;q=0.9"}
LOGIN = "/account/login/"


def language_of(client: Client, url: str = "/settings/", **kwargs: dict[str, str]) -> str:
    return client.get(url, headers=kwargs.get("headers")).headers["Content-Language"]


@pytest.mark.django_db
def test_a_visitor_is_answered_in_the_language_of_the_browser(client: Client) -> None:
    assert language_of(client, LOGIN, headers=CHINESE) == "zh-hans"
    assert language_of(client, LOGIN) == "en"


@pytest.mark.django_db
def test_a_visitor_chooses_language_and_theme(client: Client) -> None:
    client.post("/language/", {"language": "zh-hans", "theme": "dark"})
    page = client.get(LOGIN)
    assert page.headers["Content-Language"] == "zh-hans"
    assert page.context["theme"] == "dark"
    assert page.context["language"] == "zh-hans"


def test_what_a_member_chose_counts_in_every_browser(client: Client, mei: User) -> None:
    User.objects.filter(pk=mei.pk).update(language="en", theme="dark")
    client.force_login(mei)
    page = client.get("/settings/", headers=CHINESE)
    assert page.headers["Content-Language"] == "en"
    assert page.context["theme"] == "dark"


def test_the_language_of_one_member_is_not_kept_for_the_next(client: Client, mei: User, bo: User) -> None:
    User.objects.filter(pk=mei.pk).update(language="zh-hans")
    client.force_login(mei)
    assert language_of(client) == "zh-hans"
    other = Client()
    other.force_login(bo)
    assert language_of(other) == "en"


def test_the_menu_changes_only_what_was_sent(client: Client, mei: User) -> None:
    User.objects.filter(pk=mei.pk).update(language="zh-hans", theme="light")
    client.force_login(mei)
    client.post("/language/", {"theme": "dark"})
    mei.refresh_from_db()
    assert (mei.language, mei.theme) == ("zh-hans", "dark")


@pytest.mark.parametrize(
    "data", [{"language": "xx"}, {"theme": "<b>"}, {"language": "en\r\nSet-Cookie: a=b"}, {}]
)
def test_a_made_up_choice_changes_nothing(client: Client, mei: User, data: dict[str, str]) -> None:
    client.force_login(mei)
    assert client.post("/language/", data).status_code == 302
    mei.refresh_from_db()
    assert (mei.language, mei.theme) == ("", "system")


@pytest.mark.django_db
def test_a_made_up_theme_cookie_is_not_believed(client: Client) -> None:
    client.cookies["studio_theme"] = "neon"
    assert client.get(LOGIN).context["theme"] == "system"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/history/", "/history/"),
        ("//evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https:evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_the_menu_leads_back_within_the_studio(client: Client, wanted: str, given: str) -> None:
    response = client.post("/language/", {"theme": "dark", "next": wanted})
    assert response.headers["Location"] == given


def test_settings_are_saved(client: Client, mei: User) -> None:
    client.force_login(mei)
    form = {
        "name": "Mei Lin",
        "language": "zh-hans",
        "theme": "dark",
        "density": "L",
        "notifies": "on",
        "role": "administrator",
        "email": "x@y.example",
    }
    page = client.post("/settings/", form, follow=True)
    mei.refresh_from_db()
    assert (mei.name, mei.language, mei.theme) == ("Mei Lin", "zh-hans", "dark")
    assert (mei.density, mei.notifies, mei.single_keys) == ("L", True, False)
    assert 'data-single-keys="off" data-notifies' in page.text
    assert (mei.role, mei.email) == ("member", "mei@studio.example")
    assert page.headers["Content-Language"] == "zh-hans"


def test_going_back_to_the_browsers_language_forgets_the_cookie(client: Client, mei: User) -> None:
    client.force_login(mei)
    client.post("/settings/", {"name": "Mei", "language": "zh-hans", "theme": "system"})
    client.post("/settings/", {"name": "Mei", "language": "", "theme": "system"})
    assert language_of(client) == "en"


def test_bad_input_is_answered_at_its_field_and_saves_nothing(client: Client, mei: User) -> None:
    client.force_login(mei)
    page = client.post("/settings/", {"name": "", "language": "zh-hans", "theme": "dark"})
    assert page.status_code == 200
    assert page.context["form"].errors.keys() == {"name"}
    mei.refresh_from_db()
    assert mei.theme == "system"


@pytest.mark.django_db
def test_settings_are_for_members(client: Client) -> None:
    assert client.get("/settings/").headers["Location"] == "/account/login/?next=/settings/"
