import json

import pytest

from generations.images_api import (
    Answer,
    AtUrl,
    Connection,
    Delivery,
    ImagesError,
    ImagesRequest,
    InBody,
    Reason,
    Refused,
    Rejected,
    Unanswered,
    Unreadable,
    Usage,
    read_answer,
)
from tests.images_api.conftest import KEY, Deliver

ASKED = ImagesRequest(model="gpt-image-2", prompt="a cat", n=4)
CONNECTION = Connection(base_url="https://images.example.com", api_key=KEY)


def read(delivery: Delivery) -> Answer:
    return read_answer(delivery, asked=ASKED, connection=CONNECTION)


def failure(delivery: Delivery) -> ImagesError:
    with pytest.raises(ImagesError) as caught:
        read(delivery)
    return caught.value


def sources(delivery: Delivery) -> list[str | bytes]:
    """The links, and the bytes of the body that the images are said to be in."""
    body = delivery.body.read_bytes()
    found = [image.source for image in read(delivery).images]
    return [source.url if isinstance(source, AtUrl) else body[source.start : source.end] for source in found]


@pytest.mark.parametrize(
    ("item", "source"),
    [
        ({"b64_json": "AAAA"}, b"AAAA"),
        ({"b64_json": "AAAA", "url": "", "revised_prompt": ""}, b"AAAA"),
        ({"b64_json": "AAAA", "url": "https://x.example/1"}, b"AAAA"),
        ({"b64_json": "", "url": "https://x.example/1"}, "https://x.example/1"),
        ({"b64_json": None, "url": "http://x.example/1?a=b&c=d"}, "http://x.example/1?a=b&c=d"),
        ({"url": "data:image/png;base64,AAAA"}, b"data:image/png;base64,AAAA"),
        ({"b64_json": "data:image/png;base64,AAAA"}, b"data:image/png;base64,AAAA"),
        ("https://x.example/1", "https://x.example/1"),
        ("data:image/png;base64,AAAA", b"data:image/png;base64,AAAA"),
        ("AAAA", b"AAAA"),
    ],
)
def test_an_image_is_found_in_every_shape_it_comes_in(
    deliver: Deliver, item: object, source: str | bytes
) -> None:
    assert sources(deliver({"created": 1, "data": [item]})) == [source]


def test_a_link_with_escaped_slashes_is_whole(deliver: Deliver) -> None:
    assert sources(deliver(rb'{"data":["https:\/\/x.example\/1\u0026b"]}')) == ["https://x.example/1&b"]


def test_places_without_an_image_are_gaps_and_no_error(deliver: Deliver) -> None:
    items: list[object] = [
        None,
        {"b64_json": "A"},
        {},
        7,
        {"url": None, "b64_json": []},
        "",
        "   ",
        {"b64_json": "B"},
    ]
    answer = read(deliver({"data": items}))
    assert [image.index for image in answer.images] == [1, 7]


def test_more_images_than_asked_are_kept_up_to_ten(deliver: Deliver) -> None:
    assert len(read(deliver({"data": ["AAAA"] * 12})).images) == 10


def test_settings_are_what_the_endpoint_says_and_never_what_was_wished(deliver: Deliver) -> None:
    settings = {"size": "1672x941", "quality": "low", "background": "opaque", "output_format": "png"}
    answer = read(deliver({"created": 17, "data": ["AAAA"], **settings}))
    assert (answer.size, answer.quality, answer.background) == ("1672x941", "low", "opaque")
    assert (answer.output_format, answer.created) == ("png", 17)
    silent = read(deliver({"data": ["AAAA"], "size": None, "created": "now", "quality": 7}))
    assert (silent.size, silent.quality, silent.created, silent.usage) == ("", "", None, None)


def test_usage_is_read_in_both_dialects(deliver: Deliver) -> None:
    details = {"text_tokens": 10, "image_tokens": 40}
    usage = {"input_tokens": 50, "output_tokens": 1756, "total_tokens": 1806, "input_tokens_details": details}
    assert read(deliver({"data": ["AAAA"], "usage": usage})).usage == Usage(50, 1756, 1806, 10, 40)
    usage = {"prompt_tokens": 5, "completion_tokens": 6}
    assert read(deliver({"data": ["AAAA"], "usage": usage})).usage == Usage(5, 6)


@pytest.mark.parametrize(
    "usage", [None, {}, [], "free", {"input_tokens": "5", "total_tokens": True, "output_tokens": -1}]
)
def test_usage_that_cannot_be_counted_is_none(deliver: Deliver, usage: object) -> None:
    assert read(deliver({"data": ["AAAA"], "usage": usage})).usage is None


def test_a_revised_prompt_is_cleaned_and_cut(deliver: Deliver) -> None:
    hostile = f"<b>\x00\ud800\x1b[31m{KEY} 画" + "x" * 1_000_000
    item = {"b64_json": "AAAA", "revised_prompt": hostile}
    prompt = read(deliver({"data": [item]})).images[0].revised_prompt
    assert prompt.startswith("<b> [hidden] 画xx")
    assert len(prompt) == 40_000


def test_padding_before_the_answer_is_let_be(deliver: Deliver) -> None:
    body = b" " * 2048 + b"\n" + b" " * 2048 + json.dumps({"data": ["AAAA"]}).encode()
    assert sources(deliver(body)) == [b"AAAA"]


def test_images_are_taken_even_when_an_error_stands_beside_them(deliver: Deliver) -> None:
    assert sources(deliver({"data": ["AAAA"], "error": {"message": "one failed"}})) == [b"AAAA"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.EMPTY_ANSWER),
        (b"  \n ", Reason.EMPTY_ANSWER),
        ({"created": 1, "data": []}, Reason.EMPTY_ANSWER),
        ({"data": None}, Reason.EMPTY_ANSWER),
        ({"data": {}}, Reason.EMPTY_ANSWER),
        ({"created": 1}, Reason.EMPTY_ANSWER),
        ({"task_id": "t1", "status": "queued"}, Reason.EMPTY_ANSWER),
        ({"success": True, "message": "ok", "code": 0, "data": []}, Reason.EMPTY_ANSWER),
        ([], Reason.EMPTY_ANSWER),
        (b'{"data": [{"b64_json": "iVBOR', Reason.TRUNCATED_ANSWER),
        (b'{"data": [{"b64_json": "iVBOR"}', Reason.TRUNCATED_ANSWER),
        (b"event: error", Reason.UNREADABLE_ANSWER),
        (b"\x89PNG\r\n\x1a\n", Reason.UNREADABLE_ANSWER),
        (b"\n<!DOCTYPE html><title>Sign in</title>", Reason.WEB_PAGE),
        ({"data": [{"url": "https://x.example/" + "a" * 10_000}]}, Reason.EMPTY_ANSWER),
    ],
)
def test_success_without_an_image_is_unreadable(deliver: Deliver, body: object, reason: Reason) -> None:
    error = failure(deliver(body))
    assert (type(error), error.reason) == (Unreadable, reason)


@pytest.mark.parametrize(
    "body", [{"data": [], "respect_moderation": False}, {"data": [{"respect_moderation": False}]}]
)
def test_success_with_every_image_kept_back_is_a_refusal(deliver: Deliver, body: object) -> None:
    error = failure(deliver(body))
    assert (type(error), error.reason) == (Refused, Reason.WITHHELD)


def test_images_that_moderation_kept_back_are_counted(deliver: Deliver) -> None:
    answer = read(deliver({"data": [{"b64_json": "A"}, {"respect_moderation": False, "url": ""}]}))
    assert (len(answer.images), answer.withheld) == (1, 1)


def test_an_error_under_success_is_the_error_that_it_is(deliver: Deliver) -> None:
    body = {"error": {"message": "no", "type": "image_generation_user_error", "code": "moderation_blocked"}}
    assert isinstance(failure(deliver(b" " * 2048 + json.dumps(body).encode())), Refused)


@pytest.mark.parametrize(("status", "kind"), [(200, Unreadable), (400, Rejected), (502, Unanswered)])
def test_a_compressed_answer_is_not_inflated(deliver: Deliver, status: int, kind: type[ImagesError]) -> None:
    error = failure(deliver(b"\x1f\x8b\x08", status, {"content-encoding": "gzip"}))
    assert type(error) is kind
    if kind is Unreadable:
        assert error.reason is Reason.ENCODED_BODY


def test_reading_again_gives_the_same(deliver: Deliver) -> None:
    delivery = deliver({"data": ["AAAA"]}, headers={"content-encoding": "identity"})
    assert read(delivery) == read(delivery)
    assert read(delivery).images[0].source == InBody(11, 15)


def test_a_link_is_not_shown() -> None:
    assert "secret" not in repr(AtUrl("https://x.example/?signature=secret"))
