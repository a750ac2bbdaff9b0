"""The pages as a member uses them, and what they answer to bad input and to strangers."""

from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from redis import Redis

from generations import live
from generations.models import Call, CallStatus, Endpoint, EndpointModel, Generation, Image, Refusal, Verdict
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


def test_an_open_page_learns_of_news_once(studio_page: Client, redis: object) -> None:
    studio_page.post("/", filled())
    version = studio_page.get("/").context["live_version"]

    assert version
    assert studio_page.get("/live/", {"v": version}).status_code == 204
    Call.objects.update(status=CallStatus.QUEUED)
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
    version = live.stamp(mei.pk) or ""
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


def test_members_see_no_review(studio_page: Client) -> None:
    assert studio_page.get("/review/").status_code == 404


def test_a_reviewer_finds_what_was_refused_with_prompt_and_request_id(
    ask: Submit, wire: FakeEndpoint, rui: User
) -> None:
    wire.answers = [MODERATION_BLOCKED]
    ask(prompt="Venus of Urbino")
    run_everything()
    refusal = Refusal.objects.get()

    listed = signed_in(rui).get("/review/").content.decode()
    item = signed_in(rui).get(f"/review/{refusal.pk}/").content.decode()

    assert "Venus of Urbino" in listed
    assert "req_blocked" in item
    assert "rejected by the safety system" in item


def test_verdicts_are_appended_and_the_last_one_counts(ask: Submit, wire: FakeEndpoint, rui: User) -> None:
    wire.answers = [MODERATION_BLOCKED]
    ask()
    run_everything()
    refusal = Refusal.objects.get()
    reviewer = signed_in(rui)

    reviewer.post(f"/review/{refusal.pk}/", {"decision": "right", "note": "It was."})
    reviewer.post(f"/review/{refusal.pk}/", {"decision": "false_positive", "note": "On second thought."})

    assert [verdict.decision for verdict in Verdict.objects.order_by("pk")] == ["right", "false_positive"]
    assert refusal.latest_verdict is not None
    assert refusal.latest_verdict.note == "On second thought."
    assert not Refusal.objects.awaiting_review().exists()


def test_a_verdict_is_never_changed(ask: Submit, wire: FakeEndpoint, rui: User) -> None:
    wire.answers = [MODERATION_BLOCKED]
    ask()
    run_everything()
    verdict = Verdict.objects.create(refusal=Refusal.objects.get(), reviewer=rui, decision="right")

    with pytest.raises(TypeError):
        verdict.save()


def test_nobody_reviews_their_own(ask: Submit, wire: FakeEndpoint, rui: User) -> None:
    wire.answers = [MODERATION_BLOCKED]
    ask(member=rui)
    run_everything()

    signed_in(rui).post(f"/review/{Refusal.objects.get().pk}/", {"decision": "right"})

    assert not Verdict.objects.exists()


def test_images_in_review_are_not_shown_before_they_are_asked_for(
    ask: Submit, wire: FakeEndpoint, rui: User
) -> None:
    wire.answers = [images(picture())]
    ask(n=2)
    run_everything()
    refusal = Refusal.objects.get()
    image = Image.objects.get()

    assert f"/media/{image.pk}" not in signed_in(rui).get(f"/review/{refusal.pk}/").content.decode()
    assert f"/media/{image.pk}" in signed_in(rui).get(f"/review/{refusal.pk}/?show=1").content.decode()
    shown = signed_in(rui).get(f"/media/{image.pk}/640/")
    assert shown.status_code == 200
    shown.close()


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
