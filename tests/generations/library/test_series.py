"""One prompt at several values of one setting."""

from uuid import uuid4

import pytest
from django.test import Client

from generations.models import Endpoint, EndpointModel, Generation, Image, Source
from team.models import User
from tests.generations.conftest import Submit, run_everything

pytestmark = pytest.mark.django_db


def test_one_image_is_asked_for_at_each_value(ask: Submit, mei: User, client: Client) -> None:
    source = ask(n=4, size="1024x1024", quality="low")
    client.force_login(mei)

    answer = client.post(
        f"/generations/{source.pk}/series/",
        {"setting": "quality", "value": ["low", "high"], "token": str(uuid4())},
    )

    made = Generation.objects.filter(source=Source.SERIES).order_by("quality")
    assert [(one.quality, one.n, one.size, one.prompt) for one in made] == [
        ("high", 1, "1024x1024", source.prompt),
        ("low", 1, "1024x1024", source.prompt),
    ]
    assert "High" in client.get(answer.headers["Location"]).content.decode()


def test_a_double_click_asks_once(ask: Submit, mei: User, client: Client) -> None:
    source = ask()
    client.force_login(mei)
    filled = {"setting": "quality", "value": ["low", "high"], "token": str(uuid4())}

    for _ in range(2):
        client.post(f"/generations/{source.pk}/series/", filled)

    assert Generation.objects.filter(source=Source.SERIES).count() == 2


def test_another_model_gets_only_the_settings_that_it_knows(
    ask: Submit, mei: User, endpoint: Endpoint, client: Client
) -> None:
    source = ask(quality="low", background="transparent", output_format="webp", output_compression=50)
    client.force_login(mei)

    client.post(
        f"/generations/{source.pk}/series/", {"setting": "model", "value": ["gpt-image-2", "dall-e-3"]}
    )

    other = Generation.objects.get(source=Source.SERIES, model="dall-e-3")
    assert (other.quality, other.background, other.output_compression) == ("", "", None)


@pytest.mark.parametrize(
    "filled",
    [
        {},
        {"setting": "quality", "value": ["low"]},
        {"setting": "quality", "value": ["low", "low", "nonsense"]},
        {"setting": "prompt", "value": ["a", "b"]},
        {"setting": "n", "value": ["1", "2"]},
    ],
    ids=["nothing", "one value", "no two values", "no setting", "the number"],
)
def test_what_cannot_be_varied_is_told_and_not_asked(
    filled: dict[str, str | list[str]], ask: Submit, mei: User, client: Client
) -> None:
    source = ask()
    client.force_login(mei)

    answer = client.post(f"/generations/{source.pk}/series/", filled)

    assert answer.status_code == 422
    assert "Choose a setting and at least two values." in answer.content.decode()
    assert not Generation.objects.filter(source=Source.SERIES).exists()


def test_the_same_is_asked_of_one_other_model(ask: Submit, mei: User, client: Client) -> None:
    source = ask(prompt="two cats", size="1024x1024")
    client.force_login(mei)

    answer = client.post(f"/generations/{source.pk}/series/", {"setting": "model", "value": ["dall-e-3"]})

    assert answer.status_code == 302
    (other,) = Generation.objects.filter(source=Source.SERIES)
    assert (other.model, other.prompt, other.size) == ("dall-e-3", "two cats", "1024x1024")


def test_an_image_is_asked_for_again_from_its_page(ask: Submit, mei: User, client: Client) -> None:
    source = ask(prompt="two cats")
    run_everything()
    image = Image.objects.get()
    client.force_login(mei)
    page = client.get(f"/images/{image.pk}/").text

    assert f'href="/generations/{source.pk}/series/#vary-model"' in page
    answer = client.post("/history/act/", {"action": "again", "images": str(image.pk), "next": "/"})

    assert answer.headers["Location"] == "/"
    assert list(Generation.objects.exclude(pk=source.pk).values_list("prompt", "retry_of")) == [
        ("two cats", source.pk)
    ]


def test_a_model_that_cannot_take_the_prompt_says_so(
    ask: Submit, mei: User, endpoint: Endpoint, client: Client
) -> None:
    source = ask(prompt="a" * 4_500)
    client.force_login(mei)

    answer = client.post(
        f"/generations/{source.pk}/series/", {"setting": "model", "value": ["gpt-image-2", "dall-e-3"]}
    )

    assert "The prompt is too long for dall-e-3." in answer.content.decode()
    assert not Generation.objects.filter(source=Source.SERIES).exists()


def test_a_series_is_its_members_alone(ask: Submit, mei: User, bo: User, client: Client) -> None:
    source = ask()
    client.force_login(mei)
    page = client.post(
        f"/generations/{source.pk}/series/", {"setting": "quality", "value": ["low", "high"]}
    ).headers["Location"]
    client.force_login(bo)

    assert client.get(page).status_code == 404
    assert client.get(f"/generations/{source.pk}/series/").status_code == 404


def test_where_nothing_can_be_varied_the_page_says_so(
    ask: Submit, mei: User, endpoint: Endpoint, client: Client
) -> None:
    source = ask(model="no-family-has-this-name")
    EndpointModel.objects.all().delete()
    client.force_login(mei)

    assert client.get(f"/generations/{source.pk}/series/").status_code == 200
