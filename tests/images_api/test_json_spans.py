import itertools
import json
from pathlib import Path

import pytest

from generations.images_api.json_spans import (
    Document,
    JsonText,
    JsonValue,
    MalformedJson,
    TruncatedJson,
    read_json,
    whole_escapes,
)


def plain(value: JsonValue) -> object:
    match value:
        case JsonText():
            return value.text(100_000)
        case list():
            return [plain(item) for item in value]
        case dict():
            return {name: plain(item) for name, item in value.items()}
        case _:
            return value


def read(path: Path, body: bytes) -> object:
    path.write_bytes(body)
    with Document(path) as document:
        return plain(read_json(document))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "body"


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "[]",
        '"x"',
        "null",
        "-12.5e-3",
        ' \n\t{"a" : [1, true, false, null, "b", {"c": []}] } \r\n',
        r'{"quote": "\"", "slash": "\/", "backslash": "\\", "both": "\\\"", "e": "\u00e9\ud83d\ude00\n"}',
        '{"é": "画"}',
        '{"a": 1, "a": 2}',
        "0",
        "123456789012345678",
    ],
)
def test_json_is_read_as_python_reads_it(path: Path, body: str) -> None:
    assert read(path, body.encode()) == json.loads(body)


WHOLE = rb' {"data": [{"b64_json": "iVB\/OR\"w0=", "url": ""}, "x"], "n": [1.5e3, true], "created": 17 }'


def test_a_document_that_is_cut_anywhere_is_truncated_or_malformed(path: Path) -> None:
    for end in range(len(WHOLE) - 1):
        with pytest.raises(MalformedJson):
            read(path, WHOLE[:end])


@pytest.mark.parametrize("end", [1, 12, 25, 40])
def test_a_cut_between_words_and_inside_strings_is_known_as_one(path: Path, end: int) -> None:
    with pytest.raises(TruncatedJson):
        read(path, WHOLE[:end])


def test_padding_of_any_length_may_stand_before_it(path: Path) -> None:
    assert read(path, (b" " * 2048 + b"\n") * 500 + b"{}") == {}


def test_a_byte_order_mark_may_stand_before_it(path: Path) -> None:
    assert read(path, b"\xef\xbb\xbf{}") == {}


def test_what_follows_a_whole_document_costs_nothing(path: Path) -> None:
    assert read(path, b'{"data": []}\n\x00data: [DONE]') == {"data": []}


def test_stray_bytes_inside_a_string_do_not_spoil_the_document(path: Path) -> None:
    assert read(path, b'["\xff", "a\nb", "\\x", "\\ud800"]') == ["\ufffd", "a\nb", "\\x", "\ud800"]


@pytest.mark.parametrize(
    "body",
    [
        b"{'a': 1}",
        b"{a: 1}",
        b"{1: 1}",
        b'{"a" 1}',
        b'{"a": 1 "b": 2}',
        b'{"a": 1]',
        b"[1 2]",
        b"[1}",
        b"[1,]",
        b"NaN",
        b"-Infinity",
        b"01",
        b"1.e",
        b"+1",
        b"1" * 5_000,
        b"<html>",
        b"data: {}",
        b"[" * 1_000,
        b"[" * 40 + b"]" * 40,
        b"[" + b"1," * 20_000 + b"1]",
        b'{"' + b"k" * 1_000 + b'": 1}',
        b'["' + rb"\"" * 200_000 + b'"]',
        b'["' + rb"\\" * 200_000 + b'"]',
        b"\x1f\x8b\x08",
    ],
)
def test_what_is_no_json_or_too_much_of_it_is_malformed(path: Path, body: bytes) -> None:
    with pytest.raises(MalformedJson):
        read(path, body)


def test_an_empty_body_is_truncated(path: Path) -> None:
    with pytest.raises(TruncatedJson):
        read(path, b"")


def test_a_string_is_found_across_windows(path: Path) -> None:
    long = b"A" * 3_000_000
    path.write_bytes(b'["' + long + b'", "b"]')
    with Document(path) as document:
        values = read_json(document)
        assert isinstance(values, list)
        first, second = values
        assert isinstance(first, JsonText)
        assert isinstance(second, JsonText)
        assert (first.start, first.end, second.text(9)) == (2, 2 + len(long), "b")


def test_the_beginning_of_a_text_is_read_without_the_rest(path: Path) -> None:
    path.write_bytes(rb'"ab\u00e9cd"')
    with Document(path) as document:
        text = read_json(document)
        assert isinstance(text, JsonText)
        assert [text.text(limit) for limit in (1, 3, 7, 8, 99)] == ["a", "ab", "ab", "abé", "abécd"]


def test_escapes_are_cut_between_and_never_inside() -> None:
    for parts in itertools.product([rb"\/", rb"\u002b", rb"\\", rb"\"", b"A"], repeat=4):
        whole = b"".join(parts)
        borders = {len(b"".join(parts[:count])) for count in range(len(parts) + 1)}
        for end in range(len(whole) + 1):
            kept = whole_escapes(whole[:end])
            assert kept == max(border for border in borders if border <= end)
