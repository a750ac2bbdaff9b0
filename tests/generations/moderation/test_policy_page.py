"""What administrators set for the whole team about moderation: checked at the field, and nobody's is lost."""

from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from generations.models import Endpoint, ModerationPolicy
from team.models import User

pytestmark = pytest.mark.django_db

ADDRESS = "/moderation/policy/"
EMPTY = {
    "check_endpoint": "",
    "check_model": "omni-moderation-latest",
    "fails_open": "on",
    "rewrite_endpoint": "",
    "rewrite_model": "",
    "strike_days": "90",
    "seen": "",
}


@pytest.fixture
def admin(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def _text(answer: Any) -> str:  # the test client's answers have a type of its own
    return str(answer.content.decode())


def test_without_a_policy_the_page_shows_that_all_is_off_and_writes_nothing(admin: Client) -> None:
    page = admin.get(ADDRESS)

    assert page.status_code == 200
    assert "Last changed by" not in _text(page)
    assert not ModerationPolicy.objects.exists()


def test_the_line_from_which_images_are_held_is_set_and_emptied(admin: Client) -> None:
    admin.post(ADDRESS, {**EMPTY, "hold_from": "0.7"})
    saved = ModerationPolicy.current()
    assert saved.hold_from == 0.7
    assert 'value="0.7"' in _text(admin.get(ADDRESS))

    admin.post(ADDRESS, {**EMPTY, "hold_from": "", "seen": saved.changed_at.isoformat()})
    assert ModerationPolicy.current().hold_from is None
    answer = admin.post(ADDRESS, {**EMPTY, "hold_from": "1.2"})
    assert answer.status_code == 422
    assert "Enter a number from 0 to 1, such as 0.8." in _text(answer)


def test_an_administrator_sets_everything_and_it_is_said_who_did(
    admin: Client, ada: User, endpoint: Endpoint
) -> None:
    given = {
        **EMPTY,
        "check_endpoint": endpoint.pk,
        "checks_pictures": "on",
        "threshold_sexual_minors": "0.05",
        "threshold_self_harm_intent": "1",
        "threshold_violence": "0",
        "threshold_other": "0.9",
        "rewrite_endpoint": endpoint.pk,
        "rewrite_model": " gpt-5-mini ",
        "stop_member_after": "5",
        "stop_model_after": "",
        "warn_at": "1",
        "limit_at": "3",
        "suspend_at": "3",
        "strike_days": "30",
        "keep_passed_days": "0",
        "keep_refused_days": "365",
        "keep_failed_days": "3650",
    }

    answer = admin.post(ADDRESS, given)

    assert answer.headers["Location"] == ADDRESS
    saved = ModerationPolicy.current()
    assert saved.thresholds == {"sexual/minors": 0.05, "self-harm/intent": 1, "violence": 0, "*": 0.9}
    assert (saved.check_endpoint, saved.checks_pictures, saved.fails_open) == (endpoint, True, True)
    assert (saved.rewrite_model, saved.stop_member_after, saved.stop_model_after) == ("gpt-5-mini", 5, 0)
    assert (saved.warn_at, saved.limit_at, saved.suspend_at, saved.strike_days) == (1, 3, 3, 30)
    assert (saved.keep_passed_days, saved.keep_refused_days, saved.keep_failed_days) == (0, 365, 3650)
    assert saved.changed_by == ada
    page = _text(admin.get(ADDRESS))
    assert "Last changed by Ada" in page
    assert "The policy is saved." in page
    assert 'value="0.05"' in page


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"rewrite_model": "gpt-5-mini"}, "rewrite_endpoint", "Choose the endpoint that has this model."),
        ({"check_model": "another-model"}, "check_endpoint", "Choose the endpoint that has this model."),
        ({"check_endpoint": "pk", "check_model": ""}, "check_model", "Name the model that is asked there."),
        ({"rewrite_endpoint": "pk"}, "rewrite_model", "Name the model that is asked there."),
        ({"rewrite_model": "a\nb"}, "rewrite_model", "no breaks"),
        ({"check_endpoint": "99999"}, "check_endpoint", "valid choice"),
        ({"threshold_hate": "1.1"}, "threshold_hate", "Enter a number from 0 to 1"),
        ({"threshold_hate": "-0.1"}, "threshold_hate", "Enter a number from 0 to 1"),
        ({"threshold_other": "nan"}, "threshold_other", "Enter a number from 0 to 1"),
        ({"warn_at": "4", "limit_at": "3"}, "limit_at", "Warnings begin at 4"),
        ({"limit_at": "4", "suspend_at": "3"}, "suspend_at", "Milder measures begin at 4"),
        ({"warn_at": "4", "suspend_at": "3"}, "suspend_at", "Milder measures begin at 4"),
        ({"strike_days": "0"}, "strike_days", "greater than or equal to 1"),
        ({"strike_days": ""}, "strike_days", "required"),
        ({"stop_member_after": "101"}, "stop_member_after", "Enter a whole number from 0 to 100."),
        ({"keep_failed_days": "-1"}, "keep_failed_days", "Enter a whole number from 0 to 3650."),
        ({"warn_at": "9" * 400}, "warn_at", "Enter a whole number from 0 to 100."),
    ],
    ids=lambda value: " ".join(f"{k}={v[:8]!r}" for k, v in value.items()) if isinstance(value, dict) else "",
)
def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_is_kept(
    admin: Client, endpoint: Endpoint, fields: dict[str, str], field: str, says: str
) -> None:
    fields = {name: str(endpoint.pk) if value == "pk" else value for name, value in fields.items()}

    answer = admin.post(ADDRESS, {**EMPTY, "threshold_illicit": "0.77", **fields})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert says in answer.context["form"].errors[field][0]
    assert f'id="id_{field}_error"' in _text(answer)
    assert 'value="0.77"' in _text(answer)
    assert ModerationPolicy.current().changed_by is None


@pytest.mark.parametrize("numbers", [("2", "", ""), ("", "2", "2"), ("1", "1", "1"), ("", "", "1")])
def test_measures_that_are_off_contradict_nothing(admin: Client, numbers: tuple[str, ...]) -> None:
    given = dict(zip(("warn_at", "limit_at", "suspend_at"), numbers, strict=True))

    assert admin.post(ADDRESS, {**EMPTY, **given}).status_code == 302


def test_whoever_saves_an_older_page_is_told_who_was_first_and_loses_nothing(
    admin: Client, rui: User
) -> None:
    page = admin.get(ADDRESS).context["form"]["seen"].value()
    admin.post(ADDRESS, {**EMPTY, "warn_at": "2"})

    late = admin.post(ADDRESS, {**EMPTY, "warn_at": "7", "seen": page or ""})

    assert late.status_code == 422
    assert "Ada has changed this meanwhile." in _text(late)
    assert ModerationPolicy.current().warn_at == 2
    shown = late.context["form"]
    assert shown["warn_at"].value() == "7"
    again = {**EMPTY, "warn_at": "7", "seen": shown["seen"].value()}
    assert admin.post(ADDRESS, again).status_code == 302
    assert ModerationPolicy.current().warn_at == 7


def test_an_endpoint_that_is_not_in_use_any_more_stays_chosen(admin: Client, endpoint: Endpoint) -> None:
    admin.post(ADDRESS, {**EMPTY, "check_endpoint": endpoint.pk})
    Endpoint.objects.update(is_active=False)

    form = admin.get(ADDRESS).context["form"]

    answer = admin.post(ADDRESS, {**EMPTY, "check_endpoint": endpoint.pk, "seen": form["seen"].value()})
    assert answer.status_code == 302
    assert list(form.fields["rewrite_endpoint"].queryset) == []


def test_no_key_is_on_the_page(admin: Client, endpoint: Endpoint) -> None:
    assert "sk-test" not in _text(admin.get(ADDRESS))
    assert endpoint.name in _text(admin.get(ADDRESS))


@pytest.mark.parametrize(("who", "status"), [("mei", 404), ("rui", 404), ("ada", 200)])
def test_administrators_alone_have_the_page(
    client: Client, request: pytest.FixtureRequest, who: str, status: int
) -> None:
    client.force_login(request.getfixturevalue(who))

    assert client.get(ADDRESS).status_code == status
    assert (client.post(ADDRESS, EMPTY).status_code == 404) is (status == 404)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_speaks_both_languages(admin: Client, ada: User, language: str) -> None:
    User.objects.filter(pk=ada.pk).update(language=language)

    page = _text(admin.get(ADDRESS))

    with translation.override(language):
        for words in ("Moderation policy", "Check before sending", "Every other category", "Harassment"):
            assert gettext(words) in page


def test_it_is_linked_where_administrators_look_for_it(admin: Client) -> None:
    for address in ("/team/", "/review/"):
        assert f'href="{ADDRESS}"' in _text(admin.get(address))
