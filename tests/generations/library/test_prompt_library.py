"""Saved prompts: variables, versions, sharing, and what came of each."""

from decimal import Decimal

import pytest
from django.test import Client

from generations.models import Access, Generation, Image, PromptVersion, SavedPrompt
from generations.prompt_library import add_version, filled, is_filled, keep, records, variables
from team.models import User
from tests.studio_rows import make_rows


def test_variables_stand_in_braces_each_once() -> None:
    text = "A {subject} in {时间}, { subject } again, {} and {a\nb} are none"

    assert variables(text) == ("subject", "时间")


def test_a_variable_without_a_value_stays_as_it_is_written() -> None:
    assert filled("A {subject} at {time}", {"subject": "cat {time}", "time": " "}) == "A cat {time} at {time}"


@pytest.mark.parametrize(
    ("prompt", "text", "is_use"),
    [
        ("a cat", "a cat", True),
        (" a\n cat ", "a cat", True),
        ("a cathedral", "a cat", False),
        ("A red fox at dawn, wide shot", "A {subject} at {time}, wide shot", True),
        ("A {subject} at noon, wide shot", "A {subject} at {time}, wide shot", True),
        ("A red fox at dawn, close up", "A {subject} at {time}, wide shot", False),
        ("something else", "A {subject}", False),
        ("Anything else", "A {subject}", False),
        ("aXb", "aXb{y}Xb", False),
        ("anything", "{all}", True),
    ],
)
def test_a_prompt_is_a_use_where_only_its_variables_differ(prompt: str, text: str, *, is_use: bool) -> None:
    assert is_filled(prompt, text) == is_use


@pytest.mark.django_db
def test_the_same_text_is_no_new_version(mei: User) -> None:
    prompt = keep(name="Cats", text="a cat", access=Access.PRIVATE, by=mei)

    first = add_version(prompt, text="a cat", note="", by=mei)
    second = add_version(prompt, text="a black cat", note="black", by=mei)

    assert (first.number, second.number) == (1, 2)


@pytest.mark.django_db
def test_the_record_of_a_version_counts_uses_cost_and_what_passed(mei: User, rui: User, ada: User) -> None:
    prompt = keep(name="Cats", text="a cat", access=Access.PRIVATE, by=mei)
    version = prompt.versions.get()
    for outcome, cost in (("passed", "0.10"), ("passed", None), ("blocked", "0.01"), ("none", None)):
        rows = make_rows(mei, reviewer=rui, administrator=ada, words=f"a cat, {outcome} for {cost}")
        Generation.objects.filter(pk=rows.generation.pk).update(
            prompt_version=version, outcome=outcome, cost=cost and Decimal(cost)
        )
    best = Image.objects.order_by("pk")[0]
    Image.objects.filter(pk=best.pk).update(rating=5)

    record = records([version], viewer=mei)[version.pk]

    assert (record.uses, record.decided, record.passed, record.pass_rate) == (4, 3, 2, 67)
    assert record.cost == Decimal("0.11")
    assert record.best == best


@pytest.mark.django_db
def test_the_best_image_of_another_member_is_not_shown(mei: User, bo: User, rui: User, ada: User) -> None:
    prompt = keep(name="Cats", text="a cat", access=Access.VIEW, by=mei)
    rows = make_rows(mei, reviewer=rui, administrator=ada)
    Generation.objects.filter(pk=rows.generation.pk).update(prompt_version=prompt.versions.get())

    assert records(list(prompt.versions.all()), viewer=bo)[prompt.versions.get().pk].best is None


@pytest.mark.django_db
def test_a_private_prompt_is_nobody_elses(mei: User, bo: User, client: Client) -> None:
    prompt = keep(name="Secret", text="a cat", access=Access.PRIVATE, by=mei)
    client.force_login(bo)

    assert "Secret" not in client.get("/library/").content.decode()
    assert client.get(f"/library/{prompt.pk}/").status_code == 404
    assert client.get(f"/library/{prompt.pk}/use/").status_code == 404
    assert client.post(f"/library/{prompt.pk}/sharing/", {"name": "Mine"}).status_code == 404


@pytest.mark.django_db
def test_a_prompt_that_the_team_may_look_at_is_used_but_not_changed(
    mei: User, bo: User, client: Client
) -> None:
    prompt = keep(name="Cats", text="a cat", access=Access.VIEW, by=mei)
    client.force_login(bo)

    client.post(f"/library/{prompt.pk}/", {"text": "a dog"})

    assert "a cat" in client.get("/library/").content.decode()
    assert [version.text for version in PromptVersion.objects.all()] == ["a cat"]


@pytest.mark.django_db
def test_a_member_of_the_team_writes_a_version_where_it_may(mei: User, bo: User, client: Client) -> None:
    prompt = keep(name="Cats", text="a cat", access=Access.EDIT, by=mei)
    client.force_login(bo)

    client.post(f"/library/{prompt.pk}/", {"text": "a {colour} cat", "note": "colours"})

    newest = prompt.versions.all()[0]
    assert (newest.number, newest.text, newest.created_by) == (2, "a {colour} cat", bo)


@pytest.mark.django_db
def test_what_is_missing_is_said_at_its_field_and_nothing_is_lost(mei: User, client: Client) -> None:
    client.force_login(mei)

    answer = client.post("/library/", {"name": "", "text": "a cat in the rain", "access": "private"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Give the prompt a name." in page and "a cat in the rain" in page
    assert not SavedPrompt.objects.exists()


@pytest.mark.django_db
def test_an_archived_prompt_is_found_among_the_archived_alone(mei: User, client: Client) -> None:
    prompt = keep(name="Cats", text="a cat", access=Access.PRIVATE, by=mei)
    client.force_login(mei)

    client.post(f"/library/{prompt.pk}/sharing/", {"archive": "1"})

    assert "Cats" not in client.get("/library/").content.decode()
    assert "Cats" in client.get("/library/?archived=1").content.decode()


@pytest.mark.django_db
def test_the_library_asks_as_often_for_many_prompts_as_for_one(
    mei: User, client: Client, django_assert_max_num_queries: "object"
) -> None:
    client.force_login(mei)
    for number in range(12):
        keep(name=f"Cats {number}", text="a {colour} cat", access=Access.PRIVATE, by=mei)

    with django_assert_max_num_queries(14):  # type: ignore[operator]
        client.get("/library/?q=cat")
