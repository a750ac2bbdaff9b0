import pytest

from generations.images_api import Connection, ImagesRequest


def test_what_is_not_set_is_not_sent() -> None:
    request = ImagesRequest(model="m", prompt="p", quality="", size=None)
    assert request.payload() == {"model": "m", "prompt": "p", "n": 1}


def test_auto_is_never_sent_as_a_size() -> None:
    assert "size" not in ImagesRequest(model="m", prompt="p", size="auto").payload()


def test_auto_is_never_sent_as_a_shape() -> None:
    assert "aspect_ratio" not in ImagesRequest(model="m", prompt="p", aspect_ratio="auto").payload()


def test_style_shape_and_the_form_of_the_answer_are_sent_under_their_names() -> None:
    request = ImagesRequest(
        model="m", prompt="p", style="vivid", aspect_ratio="16:9", response_format="b64_json"
    )
    assert request.payload() == {
        "model": "m",
        "prompt": "p",
        "n": 1,
        "style": "vivid",
        "aspect_ratio": "16:9",
        "response_format": "b64_json",
    }


def test_a_compression_of_nothing_is_sent() -> None:
    assert ImagesRequest(model="m", prompt="p", output_compression=0).payload()["output_compression"] == 0


@pytest.mark.parametrize(
    ("size", "n", "cap"),
    [
        ("1024x1024", 1, 7_151_645),
        ("1024x1024", 2, 13_303_291),
        (None, 1, 49_660_480),
        ("auto", 1, 49_660_480),
        ("1:1", 1, 49_660_480),
        ("99999x99999", 10, 512_000_000),
    ],
)
def test_an_answer_may_be_as_large_as_uncompressed_images(size: str | None, n: int, cap: int) -> None:
    assert ImagesRequest(model="m", prompt="p", size=size, n=n).answer_cap() == cap


def test_partial_images_make_room_for_themselves() -> None:
    caps = [ImagesRequest("m", "p", n=10, partial_images=count).answer_cap() for count in (None, 0, 1, 3)]
    assert caps == [487_604_800, 487_604_800, 974_209_600, 1_947_419_200]


@pytest.mark.parametrize(
    ("partial_images", "sent"),
    [(None, {}), (0, {"stream": True, "partial_images": 0}), (3, {"stream": True, "partial_images": 3})],
)
def test_a_stream_is_asked_for_with_its_partial_images(
    partial_images: int | None, sent: dict[str, object]
) -> None:
    request = ImagesRequest(model="m", prompt="p", partial_images=partial_images)
    assert request.payload() == {"model": "m", "prompt": "p", "n": 1, **sent}


def test_fidelity_is_sent_with_edits_alone() -> None:
    assert "input_fidelity" not in ImagesRequest("m", "p", input_fidelity="high").payload()


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://api.example.com", "https://api.example.com/v1"),
        ("https://api.example.com/", "https://api.example.com/v1"),
        ("https://api.example.com/v1", "https://api.example.com/v1"),
        (" https://api.example.com/v1/ ", "https://api.example.com/v1"),
        ("https://api.example.com/v1/images/generations", "https://api.example.com/v1"),
        ("HTTPS://API.Example.com:443", "https://api.example.com/v1"),
        ("http://10.0.0.5:3000/gateway", "http://10.0.0.5:3000/gateway/v1"),
        ("http://10.0.0.5:3000/gateway/v1/", "http://10.0.0.5:3000/gateway/v1"),
        ("https://ark.example.com/api/v3", "https://ark.example.com/api/v3"),
        ("http://[::1]:8001/v1", "http://[::1]:8001/v1"),
        ("https://画.example.com", "https://xn--2ny.example.com/v1"),
    ],
)
def test_a_base_url_is_understood_however_it_is_written(given: str, url: str) -> None:
    connection = Connection(base_url=given, api_key="k")
    assert (connection.base_url, connection.images_url("generations")) == (url, f"{url}/images/generations")


@pytest.mark.parametrize(
    "given",
    [
        "",
        "api.example.com",
        "//api.example.com",
        "ftp://api.example.com",
        "file:///etc/passwd",
        "https://",
        "https:///v1",
        "https://user@api.example.com",
        "https://user:password@api.example.com",
        "https://@api.example.com",
        "https://api.example.com/#v1",
        "https://api.example.com/v1?key=1",
        "https://api.example.com\\@evil.example",
        "https://api.example.com/v1\r\nHost: evil",
        "https://api example.com",
        "https://[::1",
        "https://api.example.com:99999",
    ],
)
def test_a_base_url_that_cannot_be_used_is_a_clear_error(given: str) -> None:
    with pytest.raises(ValueError, match=r"^The base URL"):
        Connection(base_url=given, api_key="k")


@pytest.mark.parametrize(
    "proxy", ["socks5://127.0.0.1:1", "127.0.0.1:1", "http://", "http://a b", "http://a/path"]
)
def test_only_http_proxies_can_be_set(proxy: str) -> None:
    with pytest.raises(ValueError, match="The proxy must look like"):
        Connection(base_url="https://api.example.com", api_key="k", proxy=proxy)


@pytest.mark.parametrize(
    "proxy", ["http://proxy:3128", "https://u:p%40@proxy.example.com:3128/", "http://[::1]:1"]
)
def test_a_proxy_may_have_a_password(proxy: str) -> None:
    assert Connection(base_url="https://api.example.com", api_key="k", proxy=proxy).proxy == proxy


def test_neither_the_key_nor_the_proxys_password_is_shown() -> None:
    shown = repr(Connection("https://api.example.com", "sk-secret", proxy="http://u:secret@proxy:1"))
    assert "secret" not in shown


@pytest.mark.parametrize(
    ("key", "usable"), [(" sk-1\n", True), ("", False), ("a b\r\nX: 1", False), ("ключ", False)]
)
def test_a_key_must_fit_into_a_header(key: str, usable: bool) -> None:
    assert Connection(base_url="https://api.example.com", api_key=key).has_usable_key is usable
