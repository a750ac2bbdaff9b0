"""The administrators' page of endpoints: what it says, what it stores, and that no key ever leaves it."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from generations.models import Call, Endpoint, EndpointModel, Generation
from team.models import User
from tests.images_api.servers import Script, Server, http, serve

pytestmark = pytest.mark.django_db

KEY = "sk-stored-key-of-nobody"
PROXY = "http://studio-user:pr0xy-pass@proxy.example.com:3128"
LIST = {
    "data": [
        {"id": "gpt-image-2"},
        {"id": "dall-e-3"},
        {"id": "gpt-image-1.5", "shutdown_date": "2999-12-01"},
        {"id": "gpt-5"},
        {"id": "<b>image</b>"},
    ]
}


@pytest.fixture
def ada_at_work(client: Client, ada: User) -> Client:
    """Ada, signed in."""
    client.force_login(ada)
    return client


@pytest.fixture
def seller() -> Iterator[Server]:
    """An endpoint that lists its models."""
    with serve(answer(LIST)) as server:
        yield server


@pytest.fixture
def stored(seller: Server) -> Endpoint:
    """An endpoint with a stored key."""
    row = Endpoint(name="Aggregator", base_url=seller.base_url, key_variable="")
    row.store_key(KEY)
    row.save()
    return row


def answer(body: object, status: int = 200) -> Script:
    return http(status, json.dumps(body).encode(), "Content-Type: application/json")


def filled(**fields: object) -> dict[str, object]:
    return {
        "name": "Aggregator",
        "base_url": "https://api.example.com/v1",
        "key": "",
        "key_variable": "",
        "deadline_seconds": 600,
        "calls_at_once": 4,
        **fields,
    }


def shown(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def said(answered: Any) -> list[str]:
    return [str(message) for message in get_messages(answered.wsgi_request)]


def errors(answered: Any) -> dict[str, list[str]]:
    assert answered.status_code == 422
    return dict(answered.context["form"].errors)


def test_the_pages_exist_for_administrators_only(
    client: Client, mei: User, rui: User, ada: User, stored: Endpoint
) -> None:
    addresses = ["/endpoints/", "/endpoints/add/", f"/endpoints/{stored.pk}/"]
    for address in addresses:
        assert client.get(address).headers["Location"] == f"/account/login/?next={address}"
    for person, status in ((mei, 404), (rui, 404), (ada, 200)):
        client.force_login(person)
        assert [client.get(address).status_code for address in addresses] == [status] * 3
        assert ("/endpoints/" in shown(client, "/")) == (status == 200)


@pytest.mark.parametrize("action", ["switch", "check", "find", "models"])
def test_others_can_do_nothing_with_an_endpoint(
    client: Client, mei: User, stored: Endpoint, seller: Server, action: str
) -> None:
    client.force_login(mei)
    assert client.post(f"/endpoints/{stored.pk}/{action}/", {"model_name": "x"}).status_code == 404
    assert seller.connections == 0
    stored.refresh_from_db()
    assert stored.is_active
    assert not stored.models.exists()


def test_the_list_says_where_each_key_comes_from(
    ada_at_work: Client, stored: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAGES_API_KEY", "sk-from-the-environment")
    monkeypatch.delenv("IMAGES_API_KEY_BACKUP", raising=False)
    address = {"base_url": "https://user.example.com:8443/proxy/v1"}
    Endpoint.objects.create(name="Main", **address)
    Endpoint.objects.create(name="Spare", key_variable="IMAGES_API_KEY_BACKUP", **address)
    Endpoint.objects.create(name="Bare", key_variable="", is_active=False, **address)
    Endpoint.objects.create(name="Toy", key_variable="IMAGES_API_KEY_BACKUP", is_simulator=True, **address)

    words = shown(ada_at_work, "/endpoints/")

    for part in (
        "key stored",
        "key from IMAGES_API_KEY<",
        "no key: IMAGES_API_KEY_BACKUP is not set",
        "no key<",
        "needs no key",
        "Simulator",
        "Switched off",
        "never checked",
        "user.example.com:8443",
        "0 models",
    ):
        assert part in words, part
    assert "sk-" not in words


def test_a_new_endpoint_keeps_its_key_where_nobody_reads_it(
    ada_at_work: Client, caplog: pytest.LogCaptureFixture
) -> None:
    answered = ada_at_work.post(
        "/endpoints/add/", filled(key=f" {KEY} ", base_url=" https://api.example.com/px/ ")
    )

    row = Endpoint.objects.get()
    assert answered.headers["Location"] == f"/endpoints/{row.pk}/"
    assert row.connection().api_key == KEY
    assert row.connection().models_url == "https://api.example.com/px/v1/models"
    assert KEY not in repr(vars(row)) + repr(row) + repr(row.connection()) + caplog.text
    for address in (
        "/endpoints/",
        f"/endpoints/{row.pk}/",
        "/admin/generations/endpoint/",
        f"/admin/generations/endpoint/{row.pk}/change/",
        f"/admin/generations/endpoint/{row.pk}/history/",
    ):
        words = shown(ada_at_work, address)
        assert KEY not in words, address
        assert row.encrypted_key not in words, address


def test_a_wrong_form_does_not_give_the_key_back(ada_at_work: Client) -> None:
    answered = ada_at_work.post("/endpoints/add/", filled(key=KEY, base_url="nowhere"))
    assert list(errors(answered)) == ["base_url"]
    assert KEY not in answered.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_url", "ftp://example.com"),
        ("base_url", "https://studio:secret@api.example.com"),
        ("base_url", "https://api.example.com/v1?key=1"),
        ("key_variable", "SECRET_KEY"),
        ("key", "ключ"),
        ("key", "sk-\x00"),
        ("key", "x" * 501),
        ("key", ""),
        ("deadline_seconds", 0),
        ("deadline_seconds", 10**12),
        ("calls_at_once", 0),
        ("calls_at_once", "many"),
        ("calls_per_minute", -1),
        ("calls_per_minute", 10**12),
        ("partial_images", 4),
        ("proxy", "proxy.example.com:3128"),
        ("proxy", "http://proxy.example.com"),
        ("proxy", "socks5://proxy.example.com:1080"),
        ("proxy", "http://proxy.example.com:99999"),
        ("proxy", "http://proxy.example.com:0"),
        ("proxy", "http://studio:secret@:3128"),
        ("proxy", "http://a@b@c:1"),
        ("proxy", "http://[::1:3128"),
        ("proxy", "http://proxy.example.com:3128/path"),
        ("proxy", "http://прокси.example:3128"),
        ("proxy", "http://a\r\nb:1"),
        ("proxy", "http://" + "x" * 500 + ":1"),
        ("name", ""),
    ],
)
def test_bad_input_is_an_error_at_its_field(ada_at_work: Client, field: str, value: object) -> None:
    answered = ada_at_work.post("/endpoints/add/", filled(**{"key": KEY, field: value}))
    assert list(errors(answered)) == [field]
    assert not Endpoint.objects.exists()


def test_an_empty_key_keeps_the_stored_one_and_a_new_one_replaces_it(
    ada_at_work: Client, stored: Endpoint
) -> None:
    address = f"/endpoints/{stored.pk}/"
    ada_at_work.post(address, filled(base_url=stored.base_url, name="Renamed"))
    assert Endpoint.objects.get(name="Renamed").connection().api_key == KEY
    ada_at_work.post(address, filled(base_url=stored.base_url, key="sk-another"))
    assert Endpoint.objects.get().connection().api_key == "sk-another"


def test_a_stored_key_is_not_sent_to_another_host(ada_at_work: Client, stored: Endpoint) -> None:
    address = f"/endpoints/{stored.pk}/"
    assert list(errors(ada_at_work.post(address, filled()))) == ["key"]
    assert f'name="base_url" value="{stored.base_url}"' not in shown(ada_at_work, f"/admin{address}")

    ada_at_work.post(address, filled(key="sk-for-the-new-host"))
    assert Endpoint.objects.get().host == "api.example.com"


def test_the_admin_leaves_the_address_of_a_stored_key_alone(ada_at_work: Client, stored: Endpoint) -> None:
    words = shown(ada_at_work, f"/admin/generations/endpoint/{stored.pk}/change/")
    assert 'name="name"' in words
    assert 'name="base_url"' not in words


def test_a_stored_key_can_be_forgotten_for_a_variable(
    ada_at_work: Client, stored: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAGES_API_KEY_BACKUP", "sk-from-the-environment")
    address = f"/endpoints/{stored.pk}/"
    assert list(errors(ada_at_work.post(address, filled(base_url=stored.base_url, forget_key="on")))) == [
        "key"
    ]

    ada_at_work.post(
        address,
        filled(base_url=stored.base_url, forget_key="on", key_variable="IMAGES_API_KEY_BACKUP"),
    )
    assert Endpoint.objects.get().connection().api_key == "sk-from-the-environment"


@pytest.mark.parametrize(
    ("secret", "words"), [("", "is not set"), ("short", "at least 32"), ("z" * 40, "is not the one")]
)
def test_a_secret_that_opens_nothing_is_said_and_breaks_nothing(
    ada_at_work: Client, stored: Endpoint, settings: Settings, secret: str, words: str
) -> None:
    settings.ENDPOINT_KEY_SECRET = secret

    assert stored.connection().api_key == ""
    for address in ("/endpoints/", f"/endpoints/{stored.pk}/"):
        assert "stored key cannot be read" in shown(ada_at_work, address)
        assert words in shown(ada_at_work, address)
    assert "There is no key" in said(ada_at_work.post(f"/endpoints/{stored.pk}/check/"))[-1]
    ada_at_work.post(f"/endpoints/{stored.pk}/", filled(base_url=stored.base_url, name="Renamed"))
    assert Endpoint.objects.get().name == "Renamed"


def test_without_a_secret_a_key_is_refused_at_its_field(ada_at_work: Client, settings: Settings) -> None:
    settings.ENDPOINT_KEY_SECRET = ""
    [words] = errors(ada_at_work.post("/endpoints/add/", filled(key=KEY)))["key"]
    assert "ENDPOINT_KEY_SECRET is not set" in words


def test_a_start_brings_stored_keys_under_the_newest_secret(
    stored: Endpoint, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    stored.store_proxy(PROXY)
    stored.save()
    settings.ENDPOINT_KEY_SECRET = f"{'new' * 12},{settings.ENDPOINT_KEY_SECRET}"
    call_command("prepare")
    settings.ENDPOINT_KEY_SECRET = "new" * 12
    stored.refresh_from_db()
    assert stored.connection().api_key == KEY
    assert stored.connection().proxy == PROXY

    settings.ENDPOINT_KEY_SECRET = "lost" * 12
    call_command("prepare")
    assert "does not open the stored key of the endpoint 'Aggregator'" in capsys.readouterr().err


def test_the_environments_endpoint_keeps_its_address(ada_at_work: Client, stored: Endpoint) -> None:
    Endpoint.objects.update(from_environment=True)
    ada_at_work.post(f"/endpoints/{stored.pk}/", filled(name="Renamed"))
    renamed = Endpoint.objects.get(name="Renamed")
    assert renamed.base_url == stored.base_url


def test_the_simulator_is_asked_for_no_key(ada_at_work: Client, stored: Endpoint) -> None:
    Endpoint.objects.update(is_simulator=True, encrypted_key="")
    assert 'name="key' not in shown(ada_at_work, f"/endpoints/{stored.pk}/")
    ada_at_work.post(f"/endpoints/{stored.pk}/", filled(base_url=stored.base_url, name="Toy"))
    assert Endpoint.objects.get().name == "Toy"


def test_an_endpoint_is_switched_off_and_on(ada_at_work: Client, stored: Endpoint) -> None:
    address = f"/endpoints/{stored.pk}/switch/"
    for value, in_use, back in (("0", False, "list"), ("0", False, "page"), ("1", True, "list")):
        answered = ada_at_work.post(address, {"in_use": value, "from": back})
        stored.refresh_from_db()
        assert stored.is_active is in_use
        assert answered.headers["Location"] == (
            "/endpoints/" if back == "list" else f"/endpoints/{stored.pk}/"
        )


def test_limits_previews_and_moderation_are_kept(ada_at_work: Client) -> None:
    fields = {"calls_per_minute": 30, "partial_images": 2, "moderation_on_edits": "on"}
    ada_at_work.post("/endpoints/add/", filled(key=KEY, **fields))
    row = Endpoint.objects.get()
    assert (row.calls_per_minute, row.partial_images, row.moderation_on_edits) == (30, 2, True)


def test_a_proxy_is_kept_where_nobody_reads_its_password(
    ada_at_work: Client, caplog: pytest.LogCaptureFixture
) -> None:
    ada_at_work.post("/endpoints/add/", filled(key=KEY, proxy=PROXY))

    row = Endpoint.objects.get()
    assert row.connection().proxy == PROXY
    assert "pr0xy-pass" not in repr(vars(row)) + repr(row) + repr(row.connection()) + caplog.text
    for address in (
        "/endpoints/",
        f"/endpoints/{row.pk}/",
        "/admin/generations/endpoint/",
        f"/admin/generations/endpoint/{row.pk}/change/",
    ):
        words = shown(ada_at_work, address)
        assert "pr0xy-pass" not in words
        assert "studio-user" not in words
        assert row.encrypted_proxy not in words
        assert address.startswith("/admin/") or "through proxy.example.com:3128" in words


def test_a_wrong_form_does_not_give_the_proxy_back(ada_at_work: Client) -> None:
    for proxy, name in ((PROXY, ""), (f"{PROXY}/path?x", "Aggregator")):
        answered = ada_at_work.post("/endpoints/add/", filled(key=KEY, proxy=proxy, name=name))
        assert answered.status_code == 422
        assert "pr0xy-pass" not in answered.content.decode()


def test_an_empty_proxy_keeps_the_stored_one_until_it_is_given_up(
    ada_at_work: Client, stored: Endpoint
) -> None:
    stored.store_proxy(PROXY)
    stored.save()
    address = f"/endpoints/{stored.pk}/"
    ada_at_work.post(address, filled(base_url=stored.base_url))
    assert Endpoint.objects.get().connection().proxy == PROXY
    ada_at_work.post(address, filled(base_url=stored.base_url, forget_proxy="on"))
    assert Endpoint.objects.get().connection().proxy is None


def test_a_stored_key_is_not_shown_to_a_new_proxy_that_could_read_it(
    ada_at_work: Client, stored: Endpoint
) -> None:
    address = f"/endpoints/{stored.pk}/"
    assert list(errors(ada_at_work.post(address, filled(base_url=stored.base_url, proxy=PROXY)))) == ["key"]
    ada_at_work.post(address, filled(base_url=stored.base_url, proxy=PROXY, key=KEY))
    assert Endpoint.objects.get().connection().proxy == PROXY


def test_a_check_goes_through_the_proxy(ada_at_work: Client) -> None:
    row = Endpoint(name="Aggregator", base_url="http://api.example.com/v1", key_variable="")
    row.store_key(KEY)
    with serve(answer(LIST)) as proxy:
        row.store_proxy(proxy.base_url.removesuffix("/v1"))
        row.save()
        for action in ("check", "find"):
            ada_at_work.post(f"/endpoints/{row.pk}/{action}/")
    assert [request.split()[1] for request in proxy.requests] == [b"http://api.example.com/v1/models"] * 2


def test_a_proxy_that_cannot_be_read_is_said_and_nothing_goes_around_it(
    ada_at_work: Client, stored: Endpoint, settings: Settings, seller: Server
) -> None:
    stored.store_proxy(PROXY)
    stored.save()
    settings.ENDPOINT_KEY_SECRET = "z" * 40
    assert "the stored proxy cannot be read" in shown(ada_at_work, "/endpoints/")
    ada_at_work.post(f"/endpoints/{stored.pk}/check/")
    assert seller.connections == 0


def test_answers_that_nobody_understood_are_listed_whole(
    ada_at_work: Client, stored: Endpoint, mei: User, rui: User
) -> None:
    assert "nobody understood" not in shown(ada_at_work, "/endpoints/")
    assert "Every answer was understood" in shown(ada_at_work, "/endpoints/unclassified/")
    generation = Generation.objects.create(
        member=mei, submit_token=uuid4(), endpoint=stored, model="painter-9", prompt="x", n=1
    )
    body = '{"odd": "' + "<b>x</b>" * 1000 + 'the end"}'
    for reason, words in (("unclassified", body), ("bad_key", "an understood one")):
        Call.objects.create(
            generation=generation,
            member=mei,
            endpoint=stored,
            n=1,
            status="settled",
            reason=reason,
            http_status=418,
            endpoint_message=words,
        )

    assert "1 answer that nobody understood" in shown(ada_at_work, "/endpoints/")
    words = shown(ada_at_work, "/endpoints/unclassified/")
    for part in ("Aggregator", "painter-9", "HTTP 418", "the end", "Make a rule from this"):
        assert part in words
    assert "<b>x" not in words
    assert "an understood one" not in words
    ada_at_work.force_login(rui)
    assert ada_at_work.get("/endpoints/unclassified/").status_code == 404


def test_a_check_that_goes_well_is_remembered(ada_at_work: Client, stored: Endpoint, seller: Server) -> None:
    answered = ada_at_work.post(f"/endpoints/{stored.pk}/check/")

    assert said(answered) == ["Aggregator works: it lists 4 models for images."]
    assert f"authorization: bearer {KEY}".encode() in seller.requests[0].lower()
    stored.refresh_from_db()
    assert stored.checked_at is not None
    assert "The last check went well." in shown(ada_at_work, "/endpoints/")


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}, "does not accept the key"),
        (403, {}, "denies access"),
        (404, {}, "no list of models at this address"),
        (200, {"success": False, "message": "<i>无效的令牌</i>"}, "does not accept the key"),
        (200, {"hello": "world"}, "no images endpoint"),
        (302, {}, "leads on to another one"),
        (502, {}, "failed by itself"),
        (418, {}, "that the studio does not know"),
    ],
)
def test_a_check_that_fails_says_why_and_remembers_it(
    ada_at_work: Client, status: int, body: object, words: str
) -> None:
    with serve(answer(body, status)) as server:
        row = Endpoint(name="Aggregator", base_url=server.base_url)
        row.store_key(KEY)
        row.save()
        answered = ada_at_work.post(f"/endpoints/{row.pk}/check/", follow=True)

    told = answered.content.decode()
    assert words in told
    assert KEY not in told
    assert "<i>" not in told
    assert words in shown(ada_at_work, "/endpoints/")


def test_a_new_address_or_key_makes_the_last_check_void(ada_at_work: Client, stored: Endpoint) -> None:
    for change, is_void in (({"name": "Other"}, False), ({"key": "sk-another"}, True)):
        Endpoint.objects.update(checked_at=timezone.now(), check_reason="bad_key")
        ada_at_work.post(f"/endpoints/{stored.pk}/", filled(base_url=stored.base_url, **change))
        assert (Endpoint.objects.get().checked_at is None) is is_void


def test_models_are_found_ticked_and_offered_behind_the_others(ada_at_work: Client, stored: Endpoint) -> None:
    EndpointModel.objects.create(endpoint=stored, name="gpt-image-2", position=4)
    answered = ada_at_work.post(f"/endpoints/{stored.pk}/find/")

    findings = answered.context["findings"]
    assert [model.name for model in findings.proposed] == ["<b>image</b>", "dall-e-3", "gpt-image-1.5"]
    assert [model.name for model in findings.others] == ["gpt-5"]
    words = answered.content.decode()
    assert "retired May 12, 2026" in words
    assert "ends Dec. 1, 2999" in words
    assert "<b>" not in words

    answered = ada_at_work.post(
        f"/endpoints/{stored.pk}/models/", {"models": ["gpt-image-1.5", "dall-e-3", "gpt-image-2"]}
    )
    assert said(answered) == ["2 models are added."]
    assert list(stored.models.values_list("name", "position")) == [
        ("gpt-image-2", 4),
        ("gpt-image-1.5", 5),
        ("dall-e-3", 6),
    ]


def test_a_search_that_fails_says_why(ada_at_work: Client) -> None:
    with serve(answer({}, 404)) as server:
        row = Endpoint(name="Aggregator", base_url=server.base_url)
        row.store_key(KEY)
        row.save()
        answered = ada_at_work.post(f"/endpoints/{row.pk}/find/", follow=True)
    assert "no list of models at this address" in answered.content.decode()


def test_a_thousand_models_are_not_all_shown(ada_at_work: Client) -> None:
    many = {"data": [{"id": f"image-{number:04}"} for number in range(1000)]}
    with serve(answer(many)) as server:
        row = Endpoint(name="Aggregator", base_url=server.base_url)
        row.store_key(KEY)
        row.save()
        findings = ada_at_work.post(f"/endpoints/{row.pk}/find/").context["findings"]
    assert (len(findings.proposed), findings.listed, findings.left_out) == (150, 1000, 850)


def test_a_model_without_a_list_is_added_by_name(ada_at_work: Client, stored: Endpoint) -> None:
    address = f"/endpoints/{stored.pk}/models/"
    ada_at_work.post(address, {"model_name": " painter-9 "})
    assert (
        said(ada_at_work.post(address, {"models": ["x" * 121, "a\nb", "a\x00b"]}))[-1]
        == "No model was chosen."
    )
    assert ada_at_work.post(address, {"model_name": "x" * 121}).status_code == 422
    assert [model.name for model in stored.models.all()] == ["painter-9"]


def test_models_are_switched_moved_and_removed(ada_at_work: Client, stored: Endpoint) -> None:
    stored.offer(["one", "two", "three"])

    def change(name: str, what: str) -> int:
        model = stored.models.get(name=name)
        answered = ada_at_work.post(f"/endpoints/{stored.pk}/models/{model.pk}/", {"change": what})
        return answered.status_code

    moves = [("three", "up"), ("one", "down"), ("two", "down"), ("three", "up")]
    assert [change(*move) for move in moves] == [302] * 4
    assert [model.name for model in stored.models.all()] == ["three", "one", "two"]
    change("one", "off")
    change("two", "remove")
    assert list(stored.models.values_list("name", "is_active")) == [("three", True), ("one", False)]
    change("one", "on")
    assert stored.models.get(name="one").is_active
    assert change("one", "paint") == 404


def test_a_model_is_changed_under_its_own_endpoint_only(ada_at_work: Client, stored: Endpoint) -> None:
    other = Endpoint.objects.create(name="Other", base_url="https://other.example.com")
    model = EndpointModel.objects.create(endpoint=other, name="one")
    answered = ada_at_work.post(f"/endpoints/{stored.pk}/models/{model.pk}/", {"change": "remove"})
    assert answered.status_code == 404
    assert EndpointModel.objects.exists()
