"""What an administrator says of a model: only differences are kept, and nothing that cannot be."""

from typing import Any

import pytest
from django.forms import BaseForm
from django.test import Client

from generations.endpoints.abilities import AbilitiesForm
from generations.endpoints.ability_words import GROUPS
from generations.images_api import ABILITIES
from generations.images_api.families import families
from generations.models import Endpoint, EndpointModel
from team.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    return Endpoint.objects.create(name="Aggregator", base_url="https://api.example.com/v1")


@pytest.fixture
def ada_at_work(client: Client, ada: User) -> Client:
    """Ada, signed in."""
    client.force_login(ada)
    return client


def offer_of(endpoint: Endpoint, name: str = "gpt-image-2", **fields: Any) -> EndpointModel:
    return EndpointModel.objects.create(endpoint=endpoint, name=name, **fields)


def page_of(offer: EndpointModel) -> str:
    return f"/endpoints/{offer.endpoint_id}/models/{offer.pk}/abilities/"


def as_shown(form: BaseForm, **changes: Any) -> dict[str, Any]:
    """What a browser posts of a form as it stands, but for some fields; a switch that is off is left out."""
    data = {}
    for bound in form:
        value = (
            bound.field.prepare_value(bound.initial)
            if hasattr(bound.field, "prepare_value")
            else bound.initial
        )
        if value is not None and value is not False:
            data[bound.html_name] = "on" if value is True else value
    data.update({name.replace("__", "."): value for name, value in changes.items()})
    return {name: value for name, value in data.items() if value is not None}


def save(client: Client, offer: EndpointModel, **changes: Any) -> Any:
    answered = client.post(page_of(offer), as_shown(AbilitiesForm(model=offer), **changes))
    offer.refresh_from_db()
    return answered


def test_the_form_has_every_ability_of_a_family() -> None:
    assert sorted(name for _, names in GROUPS for name in names) == sorted(ABILITIES)


def test_a_page_that_is_saved_as_it_stands_changes_nothing(endpoint: Endpoint) -> None:
    for family in families():
        offer = EndpointModel(endpoint=endpoint, name=family.patterns[0].replace("*", "") or "nobody-knows")
        form = AbilitiesForm(as_shown(AbilitiesForm(model=offer)), model=offer)
        assert form.is_valid(), family.name
        assert form.changes == {}, family.name


def test_only_what_differs_from_the_catalogue_is_kept_and_the_family_follows(
    ada_at_work: Client, endpoint: Endpoint
) -> None:
    offer = offer_of(endpoint)

    answered = save(
        ada_at_work,
        offer,
        quality="low，high",
        n_max="4",
        free_size=None,
        output_format=["webp", "png"],
        label="Painter",
        deadline_seconds="900",
        calls_at_once="2",
    )

    assert answered.status_code == 302
    assert offer.abilities == {
        "quality": ["low", "high"],
        "n_max": 4,
        "free_size": None,
        "output_format": ["webp", "png"],
    }
    family = endpoint.family_of("gpt-image-2")
    assert (family.quality, family.n_max, family.free_size) == (("low", "high"), 4, None)
    assert (offer.label, offer.deadline_seconds, offer.calls_at_once) == ("Painter", 900, 2)


def test_an_unknown_model_is_opened_fully(ada_at_work: Client, endpoint: Endpoint) -> None:
    offer = offer_of(endpoint, "painter-9")

    answered = save(
        ada_at_work,
        offer,
        sizes="1024×1024, 2048x2048",
        free_size="on",
        quality="draft, fine",
        background=["transparent"],
        transparent="parameter",
        edits="on",
        edits__form="json",
        edits__references="4",
        edits__bytes_max="1.5",
        streams="on",
        partial_images="2",
        variations="on",
        retired="2030-01-31",
        note="loose size",
    )

    assert answered.status_code == 302
    family = offer.family
    assert family.sizes == ("1024x1024", "2048x2048")
    assert family.free_size is not None
    assert family.edits is not None
    assert (family.edits.form, family.edits.bytes_max, family.edits.field) == ("json", 1_500_000, "")
    assert (family.streams, family.partial_images, family.variations) == (True, 2, True)
    assert family.retired is not None
    assert save(ada_at_work, offer).status_code == 302
    assert family == offer.family


def test_the_catalogues_value_stands_beside_each_change_and_comes_back(
    ada_at_work: Client, endpoint: Endpoint
) -> None:
    offer = offer_of(endpoint, abilities={"quality": ["low"], "n_max": 1, "streams": False})
    words = ada_at_work.get(page_of(offer)).content.decode()
    assert "Catalogue: low, medium, high" in words
    assert words.count("data-changed") == len(AbilitiesForm(model=offer).stored)

    ada_at_work.post(page_of(offer), {"reset": "quality"})
    offer.refresh_from_db()
    assert "quality" not in offer.abilities
    assert offer.abilities["n_max"] == 1
    ada_at_work.post(page_of(offer), {"reset": "all"})
    offer.refresh_from_db()
    assert offer.abilities == {}
    assert ada_at_work.post(page_of(offer), {"reset": "name"}).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sizes", "1024x1024, big"),
        ("sizes", ",".join(f"{number}x1024" for number in range(100, 180))),
        ("sizes", "1x1," * 1000),
        ("quality", "<script>alert(1)</script>"),
        ("quality", "low, low"),
        ("quality", "auto"),
        ("quality", "a\x00b"),
        ("quality", '{"a": [[[[]]]]}'),
        ("style", "x" * 400),
        ("aspect_ratio", "wide"),
        ("n_max", "0"),
        ("n_max", "9" * 5000),
        ("n_max", ""),
        ("deadline", "nan"),
        ("deadline", "1e400"),
        ("output_format", ["svg"]),
        ("transparent", "maybe"),
        ("note", "<b>note</b>"),
        ("retired", "soon"),
        ("retired", "2026-02-31"),
        ("edits.references", "17"),
        ("edits.bytes_max", "inf"),
        ("edits.bytes_max", "-1"),
        ("edits.field", "image\r\nX: y"),
        ("edits.formats", []),
        ("edits.form", "smoke"),
        ("free_size.multiple", "0"),
        ("free_size.fewest_pixels", "99999999"),
    ],
)
def test_a_value_that_cannot_be_is_an_error_at_its_field(
    ada_at_work: Client, endpoint: Endpoint, field: str, value: object
) -> None:
    offer = offer_of(endpoint)
    answered = save(ada_at_work, offer, **{"edits": "on", "free_size": "on", field: value})

    assert answered.status_code == 422
    assert list(answered.context["abilities"].errors) == [field]
    assert offer.abilities == {}
    assert "<script>alert" not in answered.content.decode()


def test_a_limit_that_cannot_be_is_an_error_and_keeps_the_rest_unsaved(
    ada_at_work: Client, endpoint: Endpoint
) -> None:
    offer = offer_of(endpoint)
    for field, value in (("deadline_seconds", "0"), ("calls_at_once", "many"), ("label", "x" * 121)):
        answered = save(ada_at_work, offer, n_max="1", **{field: value})
        assert answered.status_code == 422
        assert list(answered.context["form"].errors) == [field]
    assert offer.abilities == {}


@pytest.mark.parametrize(
    "abilities",
    [
        [1, 2],
        "words",
        {"name": "x", "patterns": ["*"]},
        {"quality": {"a": {"b": []}}, "n_max": "many", "edits": {"form": {}}, "sizes": ["1x1"] * 10_000},
        {"quality": ["<script>alert(1)</script>"], "retired": [[]], "free_size": {"multiple": None}},
    ],
)
def test_what_cannot_be_in_the_row_breaks_no_page_and_goes_with_the_next_save(
    ada_at_work: Client, endpoint: Endpoint, abilities: Any
) -> None:
    offer = offer_of(endpoint, abilities=abilities)
    answered = ada_at_work.get(page_of(offer))
    assert answered.status_code == 200
    assert "<script>alert" not in answered.content.decode()

    save(ada_at_work, offer)
    assert offer.abilities == {}


def test_a_model_is_changed_under_its_own_endpoint_and_by_administrators_only(
    client: Client, endpoint: Endpoint, mei: User, rui: User, ada: User
) -> None:
    other = Endpoint.objects.create(name="Other", base_url="https://other.example.com")
    offer = offer_of(endpoint, abilities={"n_max": 1})
    for person in (mei, rui):
        client.force_login(person)
        assert client.get(page_of(offer)).status_code == 404
        assert client.post(page_of(offer), {"reset": "all"}).status_code == 404
    client.force_login(ada)
    wrong = f"/endpoints/{other.pk}/models/{offer.pk}/abilities/"
    assert client.post(wrong, {"reset": "all"}).status_code == 404
    offer.refresh_from_db()
    assert offer.abilities == {"n_max": 1}


def test_the_admin_shows_abilities_and_takes_none(ada_at_work: Client, endpoint: Endpoint) -> None:
    offer = offer_of(endpoint, abilities={"n_max": 1})
    for address in (
        f"/admin/generations/endpointmodel/{offer.pk}/change/",
        f"/admin/generations/endpoint/{endpoint.pk}/change/",
    ):
        assert 'name="abilities' not in ada_at_work.get(address).content.decode()
