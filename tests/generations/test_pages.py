"""The pages as a member uses them, and what they answer to bad input and to strangers."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from redis import Redis

from generations import live
from generations.models import Call, Endpoint, EndpointModel, Generation, Image
from team.models import User
from tests.fake_endpoint import MODERATION_BLOCKED, FakeEndpoint, images, picture
from tests.generations.conftest import Submit, run_everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def studio_page(client: Client, mei: User, endpoint: Endpoint) -> Client:
    """Mei, signed in, with an endpoint to ask."""
    client.force_login(mei)
    return client


def filled(**fields: object) -> dict[str, object]:
    return {"submit_token": str(uuid4()), "prompt": "a white cat", "model": "gpt-image-2", "n": 1, **fields}


def signed_in(member: User) -> Client:
    client = Client()
    client.force_login(member)
    return client


def test_the_form_becomes_a_generation_with_every_parameter(studio_page: Client) -> None:
    answer = studio_page.post(
        "/",
        filled(
            n=4,
            size="1536x1024",
            quality="high",
            background="transparent",
            moderation="low",
            output_format="webp",
        ),
    )

    generation = Generation.objects.get()
    assert answer.status_code == 302
    assert (generation.prompt, generation.n, generation.size) == ("a white cat", 4, "1536x1024")
    assert (generation.quality, generation.background) == ("high", "transparent")
    assert (generation.moderation, generation.output_format) == ("low", "webp")


@pytest.mark.parametrize("n", ["0", "11", "-1", "NaN", "", "1e3", "二"])
def test_a_wrong_number_of_images_is_an_error_at_its_field(studio_page: Client, n: str) -> None:
    answer = studio_page.post("/", filled(n=n))

    assert answer.status_code == 422
    assert "n" in answer.context["form"].errors
    assert not Generation.objects.exists()


@pytest.mark.parametrize("prompt", ["", "   \n ", "cat\x00", "x" * 32_001, "x" * 1_000_000])
def test_an_unusable_prompt_is_an_error_at_its_field(studio_page: Client, prompt: str) -> None:
    answer = studio_page.post("/", filled(prompt=prompt))

    assert answer.status_code == 422
    assert "prompt" in answer.context["form"].errors


@pytest.mark.parametrize(
    "prompt", ["שלום עולם", "🐱‍👤🎨", "一只白猫", "\u202eturned\u202c", "<script>alert(1)</script>"]
)
def test_any_script_is_a_prompt_and_comes_back_as_text(studio_page: Client, prompt: str) -> None:
    studio_page.post("/", filled(prompt=prompt))

    page = studio_page.get("/").content.decode()
    assert Generation.objects.get().prompt == prompt
    assert "<script>alert" not in page


def test_half_a_character_is_no_server_error(studio_page: Client) -> None:
    body = f"submit_token={uuid4()}&prompt=cat%ED%A0%80&model=gpt-image-2&n=1"

    answer = studio_page.post("/", body, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 302
    assert "\ud800" not in Generation.objects.get().prompt


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", "gpt-99"),
        ("size", "1x1000000"),
        ("size", "../../etc"),
        ("quality", "extreme"),
        ("background", "red"),
    ],
)
def test_a_value_that_nobody_offers_is_an_error_at_its_field(
    studio_page: Client, field: str, value: str
) -> None:
    answer = studio_page.post("/", filled(**{field: value}))

    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_a_size_that_only_another_model_makes_is_an_error_that_names_what_works(studio_page: Client) -> None:
    answer = studio_page.post("/", filled(model="dall-e-3", size="3840x2160"))

    assert answer.context["form"].errors["size"] == [
        "dall-e-3 does not offer this. Choose Auto or one of: 1024 × 1024, 1792 × 1024, 1024 × 1792."
    ]


def test_the_form_shows_the_options_of_the_first_model(studio_page: Client) -> None:
    page = studio_page.get("/").content.decode()

    assert 'value="3840x2160"' in page
    assert 'value="1792x1024"' not in page
    assert 'value="hd"' not in page


def test_another_models_options_keep_what_still_fits(studio_page: Client) -> None:
    options = studio_page.get("/options/", {"model": "dall-e-3", "size": "1024x1024", "quality": "high"})

    shown = options.content.decode()
    assert 'value="1792x1024"' in shown
    assert 'value="3840x2160"' not in shown
    assert 'name="background"' not in shown
    assert options.context["form"]["size"].value() == "1024x1024"
    assert options.context["form"]["quality"].value() == ""


def test_without_scripts_a_button_shows_another_models_options_and_asks_for_nothing(
    studio_page: Client,
) -> None:
    page = studio_page.post("/", filled(model="dall-e-3", prompt="a heron", show_options="1"))

    assert page.status_code == 200
    assert 'value="1792x1024"' in page.content.decode()
    assert "a heron" in page.content.decode()
    assert not Generation.objects.exists()


@pytest.mark.parametrize("model", ["", "gpt-99", "a" * 5000])
def test_options_of_a_model_that_nobody_offers_are_the_first_ones(studio_page: Client, model: str) -> None:
    assert 'value="3840x2160"' in studio_page.get("/options/", {"model": model}).content.decode()


def test_the_prompt_limit_is_the_models_own(studio_page: Client) -> None:
    answer = studio_page.post("/", filled(model="dall-e-3", prompt="x" * 4_001))

    assert answer.context["form"].errors["prompt"] == [
        "The prompt has 4001 characters; dall-e-3 takes at most 4000."
    ]


@pytest.fixture
def every_model(endpoint: Endpoint) -> None:
    """More models to choose from, of families that differ."""
    for position, name in enumerate(("sora_image", "flux-kontext-pro", "gpt-image-1.5", "midjourney")):
        EndpointModel.objects.create(endpoint=endpoint, name=name, position=position + 5)


@pytest.mark.parametrize(
    ("model", "shown", "hidden"),
    [
        ("gpt-image-2", {"size", "size_width", "quality", "output_compression"}, {"style", "aspect_ratio"}),
        ("dall-e-3", {"size", "quality", "style"}, {"size_width", "background", "output_compression"}),
        ("flux-kontext-pro", {"aspect_ratio", "output_format"}, {"size", "quality", "output_compression"}),
        ("midjourney", set(), {"size", "aspect_ratio", "quality", "background", "moderation"}),
    ],
)
def test_the_form_offers_what_the_model_knows_and_nothing_else(
    studio_page: Client, every_model: None, model: str, shown: set[str], hidden: set[str]
) -> None:
    options = studio_page.get("/options/", {"model": model}).content.decode()

    assert {name for name in shown | hidden if f'name="{name}"' in options} == shown


def test_a_size_of_ones_own_is_asked_for_as_width_and_height(studio_page: Client) -> None:
    studio_page.post("/", filled(size="custom", size_width="1360", size_height="768"))

    assert Generation.objects.get().size == "1360x768"
    assert "1360 × 768" in studio_page.get("/").content.decode()


@pytest.mark.parametrize(
    ("width", "height", "error"),
    [
        (
            "1000",
            "1000",
            "1000 × 1000 is not possible: both edges must be multiples of 16. 1008 × 1008 works.",
        ),
        (
            "4800",
            "1600",
            "4800 × 1600 is not possible: no edge may be longer than 3840. 3840 × 1600 works.",
        ),
        (
            "3200",
            "800",
            "3200 × 800 is not possible: the shape must be between 1:3 and 3:1. 3120 × 1040 works.",
        ),
        (
            "640",
            "640",
            "640 × 640 is not possible: it must have 655,360 to 8,294,400 pixels. 816 × 816 works.",
        ),
        ("1024", "", "Enter a width and a height in pixels."),
        ("", "", "Enter a width and a height in pixels."),
        ("a", "1024", "Enter a whole number of pixels."),
        ("-16", "1024", "Enter a whole number of pixels."),
        ("9" * 400, "16", "Enter a whole number of pixels."),
    ],
)
def test_a_size_that_does_not_work_is_told_with_one_that_does(
    studio_page: Client, width: str, height: str, error: str
) -> None:
    answer = studio_page.post("/", filled(size="custom", size_width=width, size_height=height))

    assert answer.status_code == 422
    assert answer.context["form"].errors["size_width"] == [error]
    assert f'value="{width}"' in answer.content.decode() or not width


def test_a_model_without_sizes_of_ones_own_says_so(studio_page: Client) -> None:
    answer = studio_page.post(
        "/", filled(model="dall-e-3", size="custom", size_width="1360", size_height="768")
    )

    assert "dall-e-3 does not offer this." in answer.context["form"].errors["size"][0]


def test_width_and_height_without_the_custom_size_are_not_sent(studio_page: Client) -> None:
    studio_page.post("/", filled(size="", size_width="7", size_height=""))

    assert Generation.objects.get().size == ""


def test_everything_of_an_earlier_generation_fills_the_form(studio_page: Client, ask: Submit) -> None:
    generation = ask(size="1360x768", output_format="webp", output_compression=0)

    form = studio_page.get("/", {"from": str(generation.pk)}).context["form"]

    assert (form["size"].value(), form["size_width"].value(), form["size_height"].value()) == (
        "custom",
        "1360",
        "768",
    )
    assert form["output_compression"].value() == 0


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        (
            {"output_compression": "50"},
            "Only JPEG and WebP are compressed. Choose one of them, or leave this empty.",
        ),
        (
            {"output_compression": "50", "output_format": "png"},
            "Only JPEG and WebP are compressed. Choose one of them, or leave this empty.",
        ),
        ({"output_compression": "101", "output_format": "jpeg"}, "Enter a whole number from 0 to 100."),
        ({"output_compression": "-1", "output_format": "jpeg"}, "Enter a whole number from 0 to 100."),
        (
            {"output_compression": "50", "model": "dall-e-3"},
            "dall-e-3 has no such setting. Leave it empty.",
        ),
    ],
)
def test_only_what_can_be_compressed_is(studio_page: Client, fields: dict[str, str], error: str) -> None:
    answer = studio_page.post("/", filled(**fields))

    assert answer.context["form"].errors["output_compression"] == [error]


def test_style_and_compression_are_kept_and_shown(studio_page: Client) -> None:
    studio_page.post("/", filled(model="dall-e-3", style="natural"))
    studio_page.post("/", filled(output_format="jpeg", output_compression="0"))
    plain, styled = Generation.objects.order_by("-created_at")

    assert (styled.style, plain.output_compression) == ("natural", 0)
    page = studio_page.get("/").content.decode()
    assert "<li>Natural</li>" in page
    assert "<li>compression 0</li>" in page
    rows = studio_page.get(f"/generations/{plain.pk}/").context["requested"]
    assert ("Compression", "0", "") in rows


def test_a_transparent_background_in_words_is_told_before_and_after(
    studio_page: Client, every_model: None, wire: FakeEndpoint
) -> None:
    told = "This model has no such setting. “Transparent background.” is added to the prompt."
    assert told in studio_page.get("/options/", {"model": "sora_image"}).content.decode()

    studio_page.post("/", filled(model="sora_image", background="transparent"))
    run_everything()

    generation = Generation.objects.get()
    page = studio_page.get(f"/generations/{generation.pk}/").content.decode()
    assert wire.asked[0]["prompt"] == "a white cat\nTransparent background."
    assert "background" not in wire.asked[0]
    assert generation.prompt == "a white cat"
    assert "“Transparent background.” was added to the prompt" in page


def test_what_is_added_to_the_prompt_counts(studio_page: Client, every_model: None) -> None:
    answer = studio_page.post("/", filled(model="sora_image", background="transparent", prompt="x" * 32_000))

    assert "sora_image takes at most 32000" in answer.context["form"].errors["prompt"][0]


@pytest.mark.parametrize(
    ("model", "note"),
    [
        ("dall-e-3", "DALL·E 3: retired by OpenAI on 2026-05-12; some endpoints still serve it."),
        ("sora_image", "The shape is a wish to this model. Say it in the prompt, too."),
        ("gpt-image-2", ""),
    ],
)
def test_a_note_on_the_model_stands_under_it_and_follows_it(
    studio_page: Client, every_model: None, model: str, note: str
) -> None:
    page = studio_page.get("/").content.decode()
    options = studio_page.get("/options/", {"model": model}).content.decode()

    assert 'id="model-note"' in page
    assert 'id="model-note" hx-swap-oob="true"' in options
    assert note in options
    assert ("retired by" in options) == ("retired" in note)


def test_a_jpeg_cannot_be_transparent(studio_page: Client) -> None:
    answer = studio_page.post("/", filled(background="transparent", output_format="jpeg"))

    assert "output_format" in answer.context["form"].errors


def test_a_form_with_an_error_keeps_what_was_written(studio_page: Client) -> None:
    answer = studio_page.post("/", filled(prompt="a heron in the mist", n=99))

    assert "a heron in the mist" in answer.content.decode()


def test_a_double_click_or_a_resend_makes_one_generation(studio_page: Client) -> None:
    form = filled()

    studio_page.post("/", form)
    studio_page.post("/", form)

    assert Generation.objects.count() == 1
    assert Call.objects.count() == 1


def test_a_broken_token_is_no_server_error(studio_page: Client) -> None:
    assert studio_page.post("/", filled(submit_token="not a token")).status_code in (302, 422)


def test_without_scripts_the_result_is_there_after_a_reload(studio_page: Client) -> None:
    studio_page.post("/", filled())
    run_everything()

    page = studio_page.get("/").content.decode()

    image = Image.objects.get()
    assert f'data-generation-id="{image.generation_id}"' in page
    assert 'data-status="succeeded"' in page
    assert f'data-image-id="{image.pk}"' in page


def test_a_call_that_waits_to_be_asked_again_says_so(studio_page: Client, endpoint: Endpoint) -> None:
    Endpoint.objects.update(base_url="http://127.0.0.1:9/v1")
    studio_page.post("/", filled())
    run_everything()

    assert "The studio asks again by itself" in studio_page.get("/").content.decode()


def test_an_open_page_learns_of_news_once(
    studio_page: Client, redis: object, django_capture_on_commit_callbacks: Any
) -> None:
    studio_page.post("/", filled())
    version = studio_page.get("/").context["live_version"]

    assert version
    assert studio_page.get("/live/", {"v": version}).status_code == 204
    with django_capture_on_commit_callbacks(execute=True):
        run_everything()
    news = studio_page.get("/live/", {"v": version})
    assert news.status_code == 200
    assert news.context["live_version"] == ""


def test_history_is_newest_first_and_pages_never_repeat_or_skip(
    studio_page: Client, ask: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generations.views.history.PAGE", 3)
    made = [ask(prompt=f"cat {number}").pk for number in range(8)]

    seen = []
    cursor: str | None = ""
    while cursor is not None:
        page = studio_page.get("/history/", {"after": cursor} if cursor else {})
        seen += [batch.generation.pk for _, batches in page.context["days"] for batch in batches]
        cursor = page.context["next_cursor"]

    assert seen == made[::-1]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "%00", "é", "A" * 500, "//////////////////////////////8"])
def test_a_cursor_typed_by_hand_is_the_first_page(studio_page: Client, cursor: str) -> None:
    assert studio_page.get("/history/", {"after": cursor}).status_code == 200


def test_the_pages_ask_the_database_as_often_for_many_as_for_few(studio_page: Client, ask: Submit) -> None:
    ask()
    run_everything()
    few = _queries(studio_page, "/history/")
    for _ in range(9):
        ask(n=1)
    run_everything()

    assert _queries(studio_page, "/history/") == few


def test_a_generation_shows_what_was_asked_and_what_came(
    studio_page: Client, ask: Submit, wire: FakeEndpoint
) -> None:
    wire.answers = [images(picture(size=(941, 1672)), quality="low")]
    generation = ask(size="1024x1536", quality="high")
    run_everything()

    page = studio_page.get(f"/generations/{generation.pk}/")

    assert ("Size", "1024 × 1536", "941 × 1672") in page.context["requested"]
    assert ("Quality", "High", "Low") in page.context["requested"]


def test_the_original_leaves_as_it_came_and_as_nothing_but_an_image(
    studio_page: Client, ask: Submit, wire: FakeEndpoint
) -> None:
    original = picture()
    wire.answers = [images(original)]
    ask()
    run_everything()

    answer = studio_page.get(f"/media/{Image.objects.get().pk}/original/")

    assert b"".join(answer) == original
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "private" in answer["Cache-Control"]


def test_a_download_has_a_name(studio_page: Client, ask: Submit) -> None:
    ask()
    run_everything()
    image = Image.objects.get()

    answer = studio_page.get(f"/media/{image.pk}/original/", {"download": "1"})

    assert answer["Content-Disposition"] == f'attachment; filename="{image.file_name}"'
    answer.close()


def test_nothing_of_mine_is_there_for_another_member(ask: Submit, bo: User) -> None:
    generation = ask()
    run_everything()
    image = Image.objects.get()
    stranger = signed_in(bo)

    for address in (f"/generations/{generation.pk}/", f"/images/{image.pk}/", f"/media/{image.pk}/original/"):
        assert stranger.get(address).status_code == 404
    for address in (f"/generations/{generation.pk}/cancel/", f"/generations/{generation.pk}/retry/"):
        assert stranger.post(address).status_code == 404
    assert "a white cat" not in stranger.get("/", {"from": str(generation.pk)}).content.decode()
    assert str(generation.pk) not in stranger.get("/history/").content.decode()


def test_everything_asks_a_stranger_to_sign_in(client: Client, ask: Submit) -> None:
    generation = ask()
    run_everything()
    image = Image.objects.get()

    for address in (
        "/",
        "/history/",
        "/live/",
        "/review/",
        f"/generations/{generation.pk}/",
        f"/images/{image.pk}/",
        f"/media/{image.pk}/320/",
    ):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"].startswith("/account/login/")) == (302, True), address


def test_a_page_learns_soon_of_a_change_whose_stamp_redis_did_not_take(
    studio_page: Client, ask: Submit, redis: Redis, mei: User
) -> None:
    live.announce(mei.pk)
    version = live.stamp(mei.pk, otherwise=str)
    Generation.objects.filter(pk=ask().pk).update(status="succeeded", changed_at=Now())
    assert studio_page.get("/live/", {"v": version}).status_code == 204

    seconds_left = redis.ttl(f"studio:live:{mei.pk}")
    redis.delete(f"studio:live:{mei.pk}")  # as it does by itself then

    assert 0 < seconds_left <= 30
    assert studio_page.get("/live/", {"v": version}).status_code == 200


def test_cancel_and_retry_are_not_done_by_a_link(studio_page: Client, ask: Submit) -> None:
    generation = ask()

    assert studio_page.get(reverse("generations:cancel", args=[generation.pk])).status_code == 405
    assert studio_page.get(reverse("generations:retry", args=[generation.pk])).status_code == 405


def test_a_double_click_on_try_again_asks_once(studio_page: Client, ask: Submit) -> None:
    generation = ask()
    studio_page.post(f"/generations/{generation.pk}/cancel/")

    for _ in range(2):
        studio_page.post(f"/generations/{generation.pk}/retry/", {"token": "shown"})

    assert Generation.objects.filter(retry_of=generation).count() == 1


def test_an_old_page_cannot_ask_again_for_what_a_late_answer_brought(
    studio_page: Client, ask: Submit
) -> None:
    generation = ask()
    run_everything()

    studio_page.post(f"/generations/{generation.pk}/retry/", {"token": "shown while it was unknown"})

    assert Generation.objects.count() == 1


def test_nothing_is_asked_again_from_an_endpoint_that_is_not_in_use(
    studio_page: Client, ask: Submit, endpoint: Endpoint
) -> None:
    generation = ask()
    studio_page.post(f"/generations/{generation.pk}/cancel/")
    endpoint.is_active = False
    endpoint.save()

    studio_page.post(f"/generations/{generation.pk}/retry/", {"token": "shown"})

    assert Generation.objects.count() == 1


def test_settings_of_an_earlier_generation_fill_the_form(studio_page: Client, ask: Submit) -> None:
    generation = ask(prompt="a heron", n=3, size="1536x1024")

    form = studio_page.get("/", {"from": str(generation.pk)}).context["form"]

    assert (form["prompt"].value(), form["n"].value(), form["size"].value()) == ("a heron", 3, "1536x1024")


def test_the_same_model_at_a_second_endpoint_is_an_offer_of_its_own(
    studio_page: Client, wire: FakeEndpoint
) -> None:
    second = Endpoint.objects.create(name="Second", base_url=wire.base_url)
    EndpointModel.objects.create(endpoint=second, name="gpt-image-2", position=5)

    studio_page.post("/", filled(model=f"gpt-image-2@{second.pk}"))

    assert Generation.objects.get().endpoint == second
    assert Generation.objects.get().model == "gpt-image-2"


def test_the_process_is_up(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_the_administrator_finds_every_table_in_the_admin(ask: Submit, wire: FakeEndpoint, ada: User) -> None:
    wire.answers = [MODERATION_BLOCKED]
    generation = ask()
    run_everything()
    administrator = signed_in(ada)

    for table in ("endpoint", "endpointmodel", "generation", "call", "image", "refusal", "verdict"):
        assert administrator.get(f"/admin/generations/{table}/").status_code == 200, table
        assert administrator.get(f"/admin/generations/{table}/", {"q": "cat"}).status_code == 200, table
    change = administrator.get(f"/admin/generations/generation/{generation.pk}/change/")
    assert 'name="_save"' not in change.content.decode()


def _queries(client: Client, address: str) -> int:

    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return len(queries)
