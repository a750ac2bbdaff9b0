"""Unfinished pictures: on their tiles while a call is open, for its member only, and gone after it."""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
import redis as redis_client
from django.db import connection
from django.test import Client
from PIL import Image as Picture
from redis import Redis

from generations import execution, live, previews, tasks
from generations.execution.developing import Onlooker, make_preview
from generations.images_api import PartialImage
from generations.models import Call, CallStatus, Endpoint, Generation, GenerationStatus
from generations.previews import Partial
from team.models import User
from tests.fake_endpoint import (
    FakeEndpoint,
    completed_frame,
    partial_frame,
    picture,
    streamed,
)
from tests.generations.conftest import Submit, only_call, run_everything

pytestmark = pytest.mark.django_db

NOISY = (1536, 1024)


@dataclass(slots=True)
class Bell:
    """Hears the doorbell of previews, and says whether it could."""

    rung: list[UUID] = field(default_factory=list)
    heard: threading.Event = field(default_factory=threading.Event)
    works: bool = True

    def __call__(self, call_id: UUID, host: str) -> bool:
        self.rung.append(call_id)
        self.heard.set()
        return self.works


@pytest.fixture
def streaming(endpoint: Endpoint) -> Endpoint:
    Endpoint.objects.update(partial_images=3)
    endpoint.refresh_from_db()
    return endpoint


@pytest.fixture
def open_call(ask: Submit, streaming: Endpoint, redis: Redis) -> Call:
    """A call of Mei's that was sent, and waits for its answer."""
    call = only_call(ask(n=1))
    Call.objects.update(status=CallStatus.SENT)
    Generation.objects.update(status=GenerationStatus.RUNNING)
    return call


def arrives(call: Call, data: bytes, *, number: int = 1, index: int | None = None) -> bool:
    """A partial image comes, and the images pool hears of it."""
    index = number - 1 if index is None else index
    previews.offer(call.pk, Partial(number=number, index=index, of=3, data=data))
    return make_preview(call.pk)


def signed_in(member: User) -> Client:
    client = Client()
    client.force_login(member)
    return client


@contextmanager
def being_asked(bell: Bell) -> Iterator[None]:
    """A worker of the calls pool, which sees one call through meanwhile."""
    worker = threading.Thread(target=_execute_and_disconnect, args=(bell,))
    worker.start()
    try:
        yield
    finally:
        worker.join(20)
        assert not worker.is_alive()


@pytest.mark.django_db(transaction=True)
def test_a_preview_is_on_its_tile_while_the_call_is_open_and_gone_after_it(
    ask: Submit, wire: FakeEndpoint, streaming: Endpoint, redis: Redis, mei: User
) -> None:
    bell, go_on = Bell(), threading.Event()
    wire.answers = [
        streamed(
            partial_frame(picture(size=NOISY), index=1),
            rest=completed_frame(picture(size=NOISY)),
            ready_for_rest=go_on,
        )
    ]
    generation = ask(size="1536x1024")
    page = signed_in(mei)
    address = f"/previews/{only_call(generation).pk}/"

    with being_asked(bell):
        assert bell.heard.wait(20)
        version = page.get("/").context["live_version"]
        execution.make_preview(bell.rung[0])
        news = page.get("/live/", {"v": version}).content.decode()
        shown = page.get(address)
        go_on.set()
    execution.settle(bell.rung[0])

    assert f'src="{address}?i=1"' in news
    assert "Preview 2 of 3" in news
    with Picture.open(io.BytesIO(shown.content)) as small:
        assert (small.format, small.size) == ("WEBP", (640, 427))
    generation.refresh_from_db()
    assert generation.status == GenerationStatus.SUCCEEDED
    assert page.get(address).status_code == 404
    assert previews.picture(bell.rung[0]) is None
    assert address not in page.get("/").content.decode()


@pytest.mark.parametrize(("chosen", "sent"), [(0, None), (1, 1), (3, 3)])
def test_partial_images_are_asked_for_as_the_administrator_chose(
    ask: Submit, wire: FakeEndpoint, endpoint: Endpoint, chosen: int, sent: int | None
) -> None:
    Endpoint.objects.update(partial_images=chosen)
    wire.answers = [streamed(completed_frame(picture()))]
    ask()

    run_everything()

    assert (wire.asked[0].get("stream"), wire.asked[0].get("partial_images")) == (
        True if sent else None,
        sent,
    )


def test_a_family_that_does_not_stream_is_not_asked_to(
    ask: Submit, wire: FakeEndpoint, streaming: Endpoint
) -> None:
    ask(model="dall-e-3")

    run_everything()

    assert {"stream", "partial_images"}.isdisjoint(wire.asked[0])


def test_a_preview_is_for_the_member_who_asked_and_is_kept_by_no_cache(
    open_call: Call, mei: User, bo: User, ada: User
) -> None:
    arrives(open_call, picture())

    answer = signed_in(mei).get(f"/previews/{open_call.pk}/")

    assert answer["Content-Type"] == "image/webp"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    for other in (bo, ada):
        assert signed_in(other).get(f"/previews/{open_call.pk}/").status_code == 404


def test_a_newer_preview_has_an_address_and_a_version_of_its_own(open_call: Call, mei: User) -> None:
    page = signed_in(mei)
    arrives(open_call, picture())
    version = page.get("/").context["live_version"]
    assert page.get("/live/", {"v": version}).status_code == 204

    arrives(open_call, picture(color="red"), number=2)

    assert "?i=2" in page.get("/live/", {"v": version}).content.decode()


def test_an_older_preview_that_was_made_late_does_not_replace_a_newer_one(open_call: Call) -> None:
    arrives(open_call, picture(color="red"), number=2)

    assert not arrives(open_call, picture(), number=1)
    assert previews.newest([open_call.pk])[open_call.pk].number == 2


def test_where_one_call_makes_several_images_the_first_empty_tile_shows_the_newest(
    open_call: Call, mei: User
) -> None:
    Call.objects.update(n=3)
    Generation.objects.update(n=3)
    arrives(open_call, picture(), number=5, index=1)

    batch = signed_in(mei).get("/").context["batches"][0]

    assert [(tile.label, bool(tile.preview_url)) for tile in batch.tiles] == [
        ("Preview of one of 3", True),
        ("In the making", False),
        ("In the making", False),
    ]


@pytest.mark.parametrize("end", [CallStatus.UNKNOWN, CallStatus.SETTLED])
def test_a_call_that_has_ended_shows_no_preview_however_late_it_comes(
    open_call: Call, mei: User, end: CallStatus
) -> None:
    arrives(open_call, picture())
    Call.objects.update(status=end)

    assert not arrives(open_call, picture(), number=2)
    assert signed_in(mei).get(f"/previews/{open_call.pk}/").status_code == 404


def animated() -> bytes:
    stream = io.BytesIO()
    frames = [Picture.new("RGB", (32, 32), color) for color in ("red", "blue")]
    frames[0].save(stream, "WEBP", save_all=True, append_images=frames[1:])
    return stream.getvalue()


def bomb() -> bytes:
    """81 million pixels in a few kilobytes."""
    stream = io.BytesIO()
    Picture.new("1", (9000, 9000)).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    "hostile",
    [
        lambda: b"",
        lambda: b"<script>alert(1)</script>",
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        bomb,
        lambda: picture()[:-20],
        lambda: picture(kind="GIF"),
        animated,
    ],
    ids=["nothing", "a page", "svg", "a bomb", "cut off", "gif", "animated"],
)
def test_a_hostile_partial_image_is_not_shown_and_the_good_one_before_it_stays(
    open_call: Call, hostile: Callable[[], bytes]
) -> None:
    arrives(open_call, picture())

    assert not arrives(open_call, hostile(), number=2)

    assert previews.newest([open_call.pk])[open_call.pk].number == 1


def test_a_hostile_partial_image_costs_the_call_nothing(
    ask: Submit, wire: FakeEndpoint, streaming: Endpoint, redis: Redis
) -> None:
    wire.answers = [
        streamed(
            partial_frame(b"\x00" * 9_000_000),
            b"event: image_generation.partial_image\ndata: {nonsense\n\n",
            partial_frame(b"GIF89a"),
            completed_frame(picture()),
        )
    ]
    generation = ask()
    bell = Bell()

    _execute_and_settle(bell)

    generation.refresh_from_db()
    assert generation.status == GenerationStatus.SUCCEEDED


def test_what_is_kept_is_bounded_whatever_many_calls_send(redis: Redis) -> None:
    for _ in range(40):
        previews.offer(uuid4(), Partial(number=1, index=0, of=3, data=b"x" * 1_000))

    kept = redis.keys("studio:partial:*")
    assert len(kept) <= 8
    assert all(0 < redis.ttl(key) <= 120 for key in kept)


def test_one_that_is_too_large_is_not_even_offered(redis: Redis) -> None:
    bell = Bell()
    look = Onlooker(uuid4(), host="tests", of=3, ring=bell)

    look(PartialImage(index=0, media_type="image/png", data=b"x" * (previews.MOST_BYTES + 1)))

    assert (bell.rung, redis.keys("studio:partial:*")) == ([], [])


def test_a_picture_is_small_and_goes_by_itself(open_call: Call, redis: Redis) -> None:
    arrives(open_call, picture(size=NOISY))

    assert len(previews.picture(open_call.pk) or b"") < 100_000
    assert 0 < redis.ttl(f"studio:preview:{open_call.pk.hex}") <= 600


def test_without_redis_there_are_no_previews_and_nothing_else_changes(
    ask: Submit, wire: FakeEndpoint, streaming: Endpoint, mei: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews._Sight, "closed_until", 0.0)
    monkeypatch.setattr(live, "impatient_redis", _nobody_listens)
    wire.answers = [streamed(*[partial_frame(picture())] * 3, completed_frame(picture()))]
    generation = ask()
    call = only_call(generation)
    bell = Bell()

    _execute_and_settle(bell)

    generation.refresh_from_db()
    assert (generation.status, bell.rung) == (GenerationStatus.SUCCEEDED, [])
    assert not make_preview(call.pk)
    assert signed_in(mei).get("/").status_code == 200


def test_a_redis_that_does_not_answer_costs_a_page_one_wait_and_not_one_for_each_tile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def hangs() -> "redis_client.Redis":
        asked.append(1)
        return _nobody_listens()

    monkeypatch.setattr(previews._Sight, "closed_until", 0.0)
    monkeypatch.setattr(live, "impatient_redis", hangs)

    for _ in range(12):
        assert previews.newest([uuid4()]) == {}

    assert len(asked) == 1


def test_a_doorbell_that_nobody_can_hear_is_rung_once(redis: Redis) -> None:
    bell = Bell(works=False)
    look = Onlooker(uuid4(), host="tests", of=3, ring=bell)

    for index in range(3):
        look(PartialImage(index=index, media_type="image/png", data=picture()))

    assert len(bell.rung) == 1


def test_the_doorbell_goes_to_the_host_that_asks(redis: Redis) -> None:
    assert tasks.ring_for_preview(uuid4(), "tests")

    assert redis.llen("studio:images.tests") == 1


def test_a_stream_without_its_last_event_is_unknown_and_nothing_of_it_is_stored(
    ask: Submit, wire: FakeEndpoint, streaming: Endpoint, redis: Redis, mei: User
) -> None:
    wire.answers = [streamed(partial_frame(picture()), partial_frame(picture(), index=1))]
    generation = ask()

    _execute_and_settle(Bell())
    execution.sweep()

    generation.refresh_from_db()
    assert (generation.status, generation.images_count) == (GenerationStatus.UNKNOWN, 0)
    assert len(wire.asked) == 1
    assert "may have made and charged for this" in signed_in(mei).get("/").content.decode()


@pytest.mark.parametrize("unsent", [0, 500], ids=["ended", "broken off"])
def test_of_a_stream_that_was_cut_the_images_that_came_are_kept(
    ask: Submit, wire: FakeEndpoint, streaming: Endpoint, redis: Redis, unsent: int
) -> None:
    wire.answers = [
        streamed(
            completed_frame(picture()),
            completed_frame(picture(color="red")),
            partial_frame(picture(color="blue")),
            unsent=unsent,
        )
    ]
    generation = ask(n=4)

    _execute_and_settle(Bell())

    generation.refresh_from_db()
    assert (generation.status, generation.images_count) == (GenerationStatus.PARTIAL, 2)
    assert generation.reason == "connection_lost"
    assert len(wire.asked) == 1


def _execute_and_settle(bell: Bell) -> None:
    done = execution.execute_next(ring_for_preview=bell)
    assert done is not None
    if done.received:
        execution.settle(done.call_id)


def _execute_and_disconnect(bell: Bell) -> None:
    try:
        execution.execute_next(ring_for_preview=bell)
    finally:
        connection.close()


def _nobody_listens() -> "redis_client.Redis":
    return redis_client.Redis.from_url("unix:///nowhere/redis.sock")
