"""Where a submission comes from: a saved prompt, an earlier generation; and where its images go."""

import pytest
from django.test import Client

from generations.models import Access, Collection, Generation, Source
from generations.prompt_library import keep
from team.models import User
from tests.generations.conftest import Submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei_here(client: Client, mei: User, endpoint: object) -> Client:
    client.force_login(mei)
    return client


def _filled(**fields: str) -> dict[str, str]:
    return {"model": "gpt-image-2", "prompt": "a cat", "n": "1", **fields}


def test_a_saved_prompt_fills_the_form_with_its_variables(mei_here: Client, mei: User) -> None:
    prompt = keep(name="Cats", text="a {colour} cat at {time}", access=Access.PRIVATE, by=mei)

    way = mei_here.get(f"/library/{prompt.pk}/use/", {"fill": "1", "value0": "black", "value1": ""})
    page = mei_here.get(way.headers["Location"])

    assert page.context["form"]["prompt"].value() == "a black cat at {time}"


def test_a_prompt_without_variables_fills_the_form_at_once(mei_here: Client, mei: User) -> None:
    prompt = keep(name="Cats", text="a cat, 100% & more", access=Access.PRIVATE, by=mei)

    page = mei_here.get(f"/library/{prompt.pk}/use/", follow=True)

    assert page.context["form"]["prompt"].value() == "a cat, 100% & more"


def test_what_is_made_from_a_saved_prompt_counts_for_its_version(mei_here: Client, mei: User) -> None:
    version = keep(name="Cats", text="a cat", access=Access.PRIVATE, by=mei).versions.get()

    mei_here.post("/", _filled(saved=str(version.pk)))

    assert Generation.objects.get().prompt_version == version


@pytest.mark.parametrize("saved", ["", "0", "-1", "9" * 30, "x", "١"])
def test_a_forged_version_costs_the_submission_nothing(saved: str, mei_here: Client) -> None:
    mei_here.post("/", _filled(saved=saved, remix_of=saved))

    made = Generation.objects.get()
    assert (made.prompt_version, made.source) == (None, Source.FORM)


def test_the_private_prompt_of_another_is_not_counted(mei_here: Client, bo: User) -> None:
    version = keep(name="Cats", text="a secret", access=Access.PRIVATE, by=bo).versions.get()

    page = mei_here.get("/", {"saved": str(version.pk)})
    mei_here.post("/", _filled(saved=str(version.pk)))

    assert "a secret" not in page.content.decode()
    assert Generation.objects.get().prompt_version is None


def test_a_remix_is_known_as_one(mei_here: Client, ask: Submit) -> None:
    source = ask(quality="low")
    page = mei_here.get("/", {"from": str(source.pk)})

    mei_here.post("/", _filled(remix_of=page.context["form"]["remix_of"].value()))

    assert Generation.objects.exclude(pk=source.pk).get().source == Source.REMIX


def test_a_remix_may_begin_with_another_model(mei_here: Client, ask: Submit) -> None:
    source = ask()

    page = mei_here.get("/", {"from": str(source.pk), "model": "dall-e-3"})

    assert page.context["form"]["model"].value() == "dall-e-3"
    assert page.context["form"]["prompt"].value() == source.prompt


def test_a_collection_is_chosen_before_generating(mei_here: Client, mei: User) -> None:
    collection = Collection.objects.create(owner=mei, name="Posters")

    mei_here.post("/", _filled(collection=str(collection.pk)))

    assert Generation.objects.get().collection == collection


def test_a_collection_that_the_member_may_not_change_is_told_at_its_field(mei_here: Client, bo: User) -> None:
    collection = Collection.objects.create(owner=bo, name="Bo's", access=Access.VIEW)

    answer = mei_here.post("/", _filled(collection=str(collection.pk)))

    assert "This collection is not there any more. Choose another one." in answer.content.decode()
    assert not Generation.objects.exists()
