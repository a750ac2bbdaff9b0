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


DATA_URI = b"data:image/png;base64,AAAA"
LINK = "https://x.example/1"
LONG = "A" * 2_000


def chat(content: object, **message: object) -> dict[str, object]:
    said = {"role": "assistant", "content": content, **message}
    return {"id": "chatcmpl-1", "choices": [{"message": said, "finish_reason": "stop"}], "usage": {}}


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
        ("\n" * 100 + "AAAA", rb"\n" * 100 + b"AAAA"),
        ({"image_url": "https://x.example/1"}, "https://x.example/1"),
        ({"image_url": {"url": "https://x.example/1"}}, "https://x.example/1"),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}, DATA_URI),
        ({"url": "", "image_url": "https://x.example/1"}, "https://x.example/1"),
    ],
)
def test_an_image_is_found_in_every_shape_it_comes_in(
    deliver: Deliver, item: object, source: str | bytes
) -> None:
    assert sources(deliver({"created": 1, "data": [item]})) == [source]


@pytest.mark.parametrize(
    ("body", "source"),
    [
        ({"b64_json": LONG}, LONG.encode()),
        ({"b64_json": DATA_URI.decode()}, DATA_URI),
        ({"url": LINK}, LINK),
        ({"image_url": LINK}, LINK),
        ({"image_url": {"url": LINK}}, LINK),
        ({"result": {"b64_json": LONG}}, LONG.encode()),
        ({"result": [{"b64_json": "AAAA"}]}, b"AAAA"),
        ({"response": {"data": [{"b64_json": "AAAA"}]}}, b"AAAA"),
        ({"output": [{"url": LINK}]}, LINK),
        ({"output": [LINK]}, LINK),
        ({"output": LINK}, LINK),
        ({"result": {"output": {"images": [{"url": LINK}]}}}, LINK),
        ({"code": 200, "message": "ok", "data": {"url": LINK}}, LINK),
        ({"code": "success", "message": "ok", "data": LINK}, LINK),
        ({"images": [{"url": LINK}], "data": [{"url": LINK}]}, LINK),
        ([{"url": LINK}], LINK),
        (chat(f"Done.\n\n![a cat]({LINK})\n[Download]({LINK})"), LINK),
        (chat(f'![a cat](<{LINK}> "A cat")'), LINK),
        (chat(f"50 %\n![]({LINK})\n100 %\n![]({LINK})"), LINK),
        (chat(f"![image]({DATA_URI.decode()})"), DATA_URI),
        (chat(f"![![x]({LINK})"), LINK),
        (chat([{"type": "text", "text": f"![x]({LINK})"}]), LINK),
        (chat([{"type": "image_url", "image_url": {"url": LINK}}]), LINK),
        (chat("Here.", images=[{"type": "image_url", "image_url": {"url": DATA_URI.decode()}}]), DATA_URI),
        (chat(None, images=[{"image_url": {"url": LINK}}]), LINK),
    ],
)
def test_an_image_is_found_wherever_it_is_put(deliver: Deliver, body: object, source: str | bytes) -> None:
    assert sources(deliver(body)) == [source]


def test_several_pictures_of_a_chat_are_several_images(deliver: Deliver) -> None:
    assert sources(deliver(chat(f"![a]({LINK})![b]({LINK}0) ![c](notes.txt) ![d](https://x.ex"))) == [
        LINK,
        LINK + "0",
    ]


def test_a_chat_without_a_picture_is_told_in_its_own_words(deliver: Deliver) -> None:
    error = failure(deliver(chat("What shall I\ndraw?", refusal="Not that.")))
    assert error.endpoint is not None
    assert error.endpoint.message == "What shall I draw? Not that."


@pytest.mark.parametrize(
    "body",
    [
        {"task_id": "t1", "status": "queued"},
        {"task_id": "t1"},
        {"id": "t1", "status": "IN_QUEUE", "url": "https://x.example/poll"},
        {"id": 17, "state": "processing", "data": None},
        {"code": 200, "data": [{"status": "submitted", "task_id": "t1"}]},
        {"output": {"task_id": "t1", "task_status": "PENDING"}, "request_id": "r"},
        {"code": 1, "description": "submitted", "result": "1712345678901234", "properties": {}},
    ],
)
@pytest.mark.parametrize("status", [200, 202])
def test_a_task_to_wait_for_is_refused_in_words_with_its_id(
    deliver: Deliver, body: object, status: int
) -> None:
    error = failure(deliver(body, status))
    assert (type(error), error.reason) == (Unreadable, Reason.ASYNC_TASK)
    assert error.endpoint is not None
    assert json.loads(error.endpoint.message) == body


TRUNCATED = (
    b'{"created": 1, "data": [{"b64_json": "AAAA"}, {"b64_json": "BBBB", "revised_prompt": "b"}, {"url": "htt'
)


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        (TRUNCATED, [b"AAAA", b"BBBB"]),
        (TRUNCATED[:70], [b"AAAA", b"BBBB"]),
        (TRUNCATED[:60], [b"AAAA"]),
        (TRUNCATED[:43], [b"AAAA"]),
        (b'{"data": ["AAAA", "BB', [b"AAAA"]),
        (b'{"result": {"data": ["AAAA",', [b"AAAA"]),
    ],
)
def test_of_an_answer_that_is_cut_off_the_whole_images_are_kept(
    deliver: Deliver, body: bytes, whole: list[bytes]
) -> None:
    delivery = deliver(body)
    assert sources(delivery) == whole
    assert read(delivery).incomplete is Reason.TRUNCATED_ANSWER


def test_an_answer_that_breaks_off_into_something_else_keeps_its_images_too(deliver: Deliver) -> None:
    delivery = deliver(b'{"data": ["AAAA", <html>502</html>')
    assert sources(delivery) == [b"AAAA"]
    assert read(delivery).incomplete is Reason.UNREADABLE_ANSWER


def test_an_answer_with_every_image_lacks_nothing_even_when_it_is_cut_off(deliver: Deliver) -> None:
    assert read(deliver(b'{"data": ["A", "B", "C", "D"], "usage": {"in')).incomplete is None


def test_fewer_images_without_a_word_are_complete(deliver: Deliver) -> None:
    answer = read(deliver({"data": ["AAAA"]}))
    assert (answer.incomplete, answer.said) == (None, None)


@pytest.mark.parametrize(
    ("error", "incomplete"),
    [
        ({"message": "boom", "code": "server_error"}, Reason.SERVER_ERROR),
        ({"message": "odd"}, Reason.UNCLASSIFIED),
        ({"message": "no", "code": "moderation_blocked"}, None),
    ],
)
def test_an_error_beside_fewer_images_says_why(
    deliver: Deliver, error: dict[str, str], incomplete: Reason | None
) -> None:
    answer = read(deliver({"data": ["AAAA"], "error": error}))
    assert answer.incomplete is incomplete
    assert answer.said is not None
    assert answer.said.message == error["message"]


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
        ({"id": "resp_1", "status": "completed", "data": []}, Reason.EMPTY_ANSWER),
        ({"choices": [{"message": {"content": "What shall I draw?"}}]}, Reason.EMPTY_ANSWER),
        ({"choices": [{"message": None}, 7], "data": "soon"}, Reason.EMPTY_ANSWER),
        ({"result": "1712345678901234", "url": "/v1/images"}, Reason.EMPTY_ANSWER),
        ({"success": True, "message": "ok", "code": 0, "data": []}, Reason.EMPTY_ANSWER),
        ([], Reason.EMPTY_ANSWER),
        (b'{"data": [{"b64_json": "iVBOR', Reason.TRUNCATED_ANSWER),
        (b'{"data": [{"b64_json": ""}', Reason.TRUNCATED_ANSWER),
        (b"event error", Reason.UNREADABLE_ANSWER),
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
