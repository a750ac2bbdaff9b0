"""A call from the line to its end: what was paid for is kept, and nothing is asked twice by a machine."""

import base64
import io
import json
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Never
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import OperationalError
from django.db.models import F
from django.utils import timezone
from PIL import Image as Picture
from pytest_django import Settings

from generations import execution
from generations.execution import asking, calling, settling, sweeping
from generations.execution import worker as worker_module
from generations.execution.claiming import claim_next
from generations.execution.worker import give_sign_of_life, this_worker
from generations.images_api import Spool
from generations.models import (
    Call,
    CallOutcome,
    CallStatus,
    Endpoint,
    Generation,
    GenerationStatus,
    Image,
    Outcome,
    Pause,
    Refusal,
    move_call,
    moves,
)
from generations.storage import StorageUnavailable, inspect, store
from team.models import User
from tests.fake_endpoint import MODERATION_BLOCKED, FakeEndpoint, Scripted, error, images, picture
from tests.generations.conftest import Submit, only_call, run_everything

pytestmark = pytest.mark.django_db


def ended(generation: Generation) -> tuple[str, str, str]:
    generation.refresh_from_db()
    return generation.status, generation.outcome, generation.reason


def stored(key: str) -> bytes:
    with default_storage.open(key) as stream:
        content: bytes = stream.read()
    return content


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """What the signal sets that ends a worker."""
    event = threading.Event()
    monkeypatch.setattr(worker_module, "_is_stopping", event)
    return event


def test_an_image_is_stored_as_it_was_delivered_with_two_thumbnails(ask: Submit, wire: FakeEndpoint) -> None:
    original = picture(size=(1024, 768))
    wire.answers = [images(original)]
    generation = ask(size="1024x1024")

    run_everything()

    image = Image.objects.get(generation=generation)
    assert ended(generation) == (GenerationStatus.SUCCEEDED, Outcome.PASSED, "")
    assert stored(image.original) == original
    assert (image.media_type, image.width, image.height, image.bytes) == (
        "image/png",
        1024,
        768,
        len(original),
    )
    assert stored(image.thumb_320)[8:12] == b"WEBP"
    assert default_storage.exists(image.thumb_640)


def test_the_endpoint_is_asked_for_exactly_what_was_chosen(ask: Submit, wire: FakeEndpoint) -> None:
    generation = ask(
        prompt="水彩猫", n=2, size="1536x1024", quality="high", background="opaque", output_format="webp"
    )

    run_everything()

    assert wire.asked == [
        {
            "model": "gpt-image-2",
            "prompt": "水彩猫",
            "n": 2,
            "size": "1536x1024",
            "quality": "high",
            "background": "opaque",
            "output_format": "webp",
        }
    ]
    assert wire.headers[0]["Authorization"] == "Bearer sk-test-key-of-nobody"
    assert wire.headers[0]["X-Client-Request-Id"] == str(only_call(generation).pk)


def test_what_was_left_alone_is_not_sent(ask: Submit, wire: FakeEndpoint) -> None:
    ask()

    run_everything()

    assert wire.asked == [{"model": "gpt-image-2", "prompt": "a white cat", "n": 1}]


def test_times_status_and_usage_of_a_call_are_kept(ask: Submit, wire: FakeEndpoint) -> None:
    usage = {"input_tokens": 9, "output_tokens": 196, "total_tokens": 205}
    wire.answers = [images(picture(), usage=usage, quality="low", size="1024x1024", background="opaque")]
    generation = ask()

    run_everything()

    call = only_call(generation)
    assert call.sent_at is not None
    assert call.received_at is not None
    assert call.claimed_at is not None
    assert call.settled_at is not None
    assert call.http_status == 200
    assert call.usage is not None
    assert call.usage["output_tokens"] == 196
    assert (call.effective_quality, call.effective_size, call.effective_background) == (
        "low",
        "1024x1024",
        "opaque",
    )


def test_an_answer_is_spooled_and_received_before_anything_is_decoded(ask: Submit) -> None:
    generation = ask()

    calling.execute_next()

    call = only_call(generation)
    assert call.status == CallStatus.RECEIVED
    assert Spool(settings.SPOOL_ROOT).load(str(call.pk)) is not None
    assert not Image.objects.exists()


def test_a_refusal_is_recorded_with_stage_categories_and_the_endpoints_own_words(
    ask: Submit, wire: FakeEndpoint
) -> None:
    wire.answers = [MODERATION_BLOCKED]
    generation = ask()

    run_everything()

    refusal = Refusal.objects.get(generation=generation)
    assert ended(generation) == (GenerationStatus.BLOCKED, Outcome.BLOCKED, "moderation_blocked")
    assert (refusal.stage, refusal.categories, refusal.code) == ("input", ["sexual"], "moderation_blocked")
    assert "rejected by the safety system" in refusal.message
    assert (refusal.request_id, refusal.http_status, refusal.withheld, refusal.asked) == (
        "req_blocked",
        400,
        1,
        1,
    )


def test_a_refused_call_is_never_asked_again(ask: Submit, wire: FakeEndpoint) -> None:
    wire.answers = [MODERATION_BLOCKED]
    ask()

    run_everything()
    execution.sweep()
    run_everything()

    assert len(wire.asked) == 1


def test_fewer_images_than_asked_without_an_error_are_withheld_ones(ask: Submit, wire: FakeEndpoint) -> None:
    wire.answers = [images(picture(), picture(color="red"), picture(color="blue"))]
    generation = ask(n=4)

    run_everything()

    refusal = Refusal.objects.get()
    assert ended(generation) == (GenerationStatus.PARTIAL, Outcome.WITHHELD, "withheld")
    assert generation.images_count == 3
    assert (refusal.stage, refusal.withheld, refusal.asked) == ("withheld", 1, 4)


def test_images_that_a_cut_answer_lost_are_not_held_against_the_prompt(
    ask: Submit, wire: FakeEndpoint
) -> None:
    whole = images(picture(), picture(color="red"), picture(color="blue")).body
    wire.answers = [Scripted(body=whole[: whole.rindex(b'"b64_json"') + 40])]
    generation = ask(n=4)

    run_everything()

    assert ended(generation) == (GenerationStatus.PARTIAL, Outcome.PASSED, "truncated_answer")
    assert generation.images_count == 2
    assert not Refusal.objects.exists()
    assert len(wire.asked) == 1
    assert Spool(settings.SPOOL_ROOT).load(str(only_call(generation).pk)) is not None


def test_images_of_a_stream_that_broke_off_are_stored(ask: Submit, wire: FakeEndpoint) -> None:
    letters = base64.b64encode(picture()).decode()
    completed = json.dumps({"type": "image_generation.completed", "b64_json": letters})
    body = f"event: image_generation.completed\ndata: {completed}\n\n: PING\n\n"
    wire.answers = [Scripted(body=body.encode(), headers=(("content-type", "text/event-stream"),))]
    generation = ask(n=2)

    run_everything()

    assert ended(generation) == (GenerationStatus.PARTIAL, Outcome.PASSED, "connection_lost")
    assert (generation.images_count, Refusal.objects.count()) == (1, 0)


def test_a_stream_without_an_image_leaves_the_call_unknown(ask: Submit, wire: FakeEndpoint) -> None:
    wire.answers = [Scripted(body=b": PING\n\n: PING\n\n")]
    generation = ask()

    run_everything()

    assert ended(generation) == (GenerationStatus.UNKNOWN, Outcome.NONE, "connection_lost")
    assert len(wire.asked) == 1


def test_an_error_beside_the_images_is_kept_with_them(ask: Submit, wire: FakeEndpoint) -> None:
    wire.answers = [images(picture(), error={"code": "server_error", "message": "The second one failed."})]
    generation = ask(n=2)

    run_everything()

    assert ended(generation) == (GenerationStatus.PARTIAL, Outcome.PASSED, "server_error")
    assert only_call(generation).endpoint_message == "The second one failed."


def test_an_answer_that_no_rule_knows_is_kept_whole_for_the_administrator(
    ask: Submit, wire: FakeEndpoint
) -> None:
    body = {"error": {"message": "Es ist ein 茶壶.", "code": "teapot", "hint": "x" * 10_000}}
    wire.answers = [Scripted(status=418, body=json.dumps(body).encode())]
    generation = ask()

    run_everything()

    assert ended(generation) == (GenerationStatus.FAILED, Outcome.NONE, "unclassified")
    assert json.loads(only_call(generation).endpoint_message) == body


def test_a_task_to_wait_for_ends_the_call_in_words(ask: Submit, wire: FakeEndpoint) -> None:
    wire.answers = [Scripted(body=b'{"task_id": "t1", "status": "queued"}')]
    generation = ask()

    run_everything()

    assert ended(generation) == (GenerationStatus.FAILED, Outcome.NONE, "async_task")
    assert "t1" in only_call(generation).endpoint_message


def test_a_call_without_an_answer_is_unknown_and_never_asked_again(ask: Submit, wire: FakeEndpoint) -> None:
    wire.answers = [Scripted(drop=True)]
    generation = ask()

    run_everything()
    execution.sweep()
    run_everything()

    assert ended(generation)[0] == GenerationStatus.UNKNOWN
    assert len(wire.asked) == 1


def test_a_web_page_of_a_gateway_in_between_leaves_the_call_unknown(ask: Submit, wire: FakeEndpoint) -> None:
    page = b"<!DOCTYPE html><html><title>example | 524: A timeout occurred</title></html>"
    wire.answers = [Scripted(status=524, body=page, headers=(("Content-Type", "text/html"),))]
    generation = ask()

    run_everything()

    assert ended(generation) == (GenerationStatus.UNKNOWN, Outcome.NONE, "gateway_timeout")
    assert execution.sweep().received == ()
    assert ended(generation)[0] == GenerationStatus.UNKNOWN


def test_a_page_of_a_gateway_is_not_taken_for_a_late_answer(
    ask: Submit, wire: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask()
    page = b"<!DOCTYPE html><html><title>504 Gateway Time-out</title></html>"
    wire.answers = [Scripted(status=504, body=page, headers=(("Content-Type", "text/html"),))]
    with monkeypatch.context() as crash:
        crash.setattr(Spool, "discard", lambda *_: None)  # between the row and the file
        run_everything()

    execution.sweep()

    assert ended(generation) == (GenerationStatus.UNKNOWN, Outcome.NONE, "gateway_timeout")
    assert list(worker_module.spool().call_ids()) == []


def test_an_endpoint_that_cannot_be_reached_costs_nothing_and_the_call_waits_again(
    ask: Submit, endpoint: Endpoint
) -> None:
    endpoint.base_url = "http://127.0.0.1:9/v1"
    endpoint.save()
    generation = ask()

    calling.execute_next()

    call = only_call(generation)
    assert (call.status, call.repeats, call.reason) == (CallStatus.QUEUED, 1, "unreachable")
    assert call.sent_at is None
    assert call.not_before is not None
    assert ended(generation)[0] == GenerationStatus.QUEUED


def test_a_call_is_tried_only_so_often_also_when_the_endpoint_is_tried_again_and_again(
    ask: Submit, endpoint: Endpoint
) -> None:
    endpoint.base_url = "http://127.0.0.1:9/v1"
    endpoint.save()
    generation = ask()

    for _ in range(calling.MAX_UNSENT_TRIES + 1):
        Call.objects.update(not_before=None)
        Pause.objects.all().delete()
        calling.execute_next()

    assert ended(generation) == (GenerationStatus.FAILED, Outcome.NONE, "unreachable")


def test_too_many_requests_are_asked_again_by_a_new_call_that_waits(ask: Submit, wire: FakeEndpoint) -> None:
    busy = error(429, headers=(("Retry-After", "7"),), code="rate_limit_exceeded", message="slow down")
    wire.answers = [busy, images(picture())]
    generation = ask()

    run_everything()
    first, second = generation.calls.order_by("queued_at")
    assert (first.outcome, second.status, second.repeats) == (CallOutcome.REPEATED, CallStatus.QUEUED, 1)
    assert second.not_before is not None
    assert (second.not_before - second.queued_at).total_seconds() >= 6
    second.not_before = None
    second.save()
    run_everything()

    assert ended(generation)[0] == GenerationStatus.SUCCEEDED
    assert len(wire.asked) == 2


def test_a_used_up_budget_is_not_asked_again(ask: Submit, wire: FakeEndpoint) -> None:
    wire.answers = [error(429, code="insufficient_quota", type="insufficient_quota", message="quota")]
    generation = ask()

    run_everything()

    assert ended(generation) == (GenerationStatus.FAILED, Outcome.NONE, "no_quota")
    assert generation.calls.count() == 1


def test_a_server_error_is_asked_again_only_where_the_endpoint_does_not_charge_for_it(
    ask: Submit, wire: FakeEndpoint, endpoint: Endpoint
) -> None:
    wire.answers = [error(500, code="server_error", type="server_error", message="An error occurred")]
    once = ask()
    run_everything()
    endpoint.repeat_server_errors = True
    endpoint.save()
    twice = ask()
    run_everything()

    assert once.calls.count() == 1
    assert twice.calls.count() == 2


def test_an_answer_that_cannot_be_read_is_kept(ask: Submit, wire: FakeEndpoint) -> None:
    wire.answers = [Scripted(body=b'{"data": [{"b64_json": "AAAA"')]
    generation = ask()

    run_everything()
    execution.sweep()

    assert ended(generation)[0] == GenerationStatus.FAILED
    kept = Spool(settings.SPOOL_ROOT).load(str(only_call(generation).pk))
    assert kept is not None
    assert kept.body.read_bytes().startswith(b'{"data"')


def test_one_damaged_image_does_not_cost_the_others(ask: Submit, wire: FakeEndpoint) -> None:
    wire.answers = [images(picture(), b"\x89PNG\r\n\x1a\n this is no image", picture(color="red"))]
    generation = ask(n=3)

    run_everything()

    assert ended(generation) == (GenerationStatus.PARTIAL, Outcome.PASSED, "not_an_image")
    assert generation.images_count == 2
    assert not Refusal.objects.exists()


def test_a_storage_outage_leaves_the_call_received_and_heals(
    ask: Submit, wire: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask()
    with monkeypatch.context() as outage:
        outage.setattr(settling, "store", _storage_is_away)
        run_everything()
        assert only_call(generation).status == CallStatus.RECEIVED
        assert ended(generation)[0] == GenerationStatus.RUNNING
    Call.objects.update(not_before=None)

    settled = execution.settle(only_call(generation).pk)

    assert settled is not None
    assert ended(generation)[0] == GenerationStatus.SUCCEEDED
    assert len(wire.asked) == 1


def test_settling_twice_stores_once(ask: Submit) -> None:
    generation = ask()
    done = calling.execute_next()
    assert done is not None

    assert execution.settle(done.call_id) is not None
    assert execution.settle(done.call_id) is None
    assert Image.objects.filter(generation=generation).count() == 1


@pytest.mark.parametrize("where", ["read_answer", "write_thumbnails"])
def test_a_settler_that_was_taken_over_while_it_stood_still_writes_no_object(
    ask: Submit, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    generation = ask()
    done = calling.execute_next()
    assert done is not None
    really, written = getattr(settling, where), list[str]()

    def stand_still(*args: Any, **kwargs: Any) -> Any:
        result = really(*args, **kwargs)
        monkeypatch.setattr(settling, where, really)
        Call.objects.update(lease_until=None)
        assert execution.settle(done.call_id) is not None
        monkeypatch.setattr(settling, "store", lambda _, key: written.append(key))
        return result

    monkeypatch.setattr(settling, where, stand_still)

    assert execution.settle(done.call_id) is None

    assert written == []
    assert Generation.objects.get(pk=generation.pk).status == GenerationStatus.SUCCEEDED
    assert only_call(generation).images.count() == 1


def test_attempts_that_stored_an_image_are_not_held_against_an_answer(
    ask: Submit, wire: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    class ProcessDies(BaseException):
        pass

    wire.answers = [images(picture(), picture(color="red"))]
    generation = ask(n=2)
    execution.execute_next()
    Call.objects.update(settle_attempts=settling.MAX_ATTEMPTS - 1)
    looks: list[Any] = []

    def die_at_the_second(path: Any) -> Any:
        looks.append(path)
        if len(looks) == 2:
            raise ProcessDies
        return inspect(path)

    with monkeypatch.context() as dying:
        dying.setattr(settling, "inspect", die_at_the_second)
        with pytest.raises(ProcessDies):
            execution.settle(only_call(generation).pk)

    assert (only_call(generation).images.count(), only_call(generation).settle_attempts) == (1, 0)
    Call.objects.update(lease_until=None)
    execution.settle(only_call(generation).pk)
    assert Generation.objects.get(pk=generation.pk).status == GenerationStatus.SUCCEEDED


def test_the_spool_is_empty_once_everything_is_stored(ask: Submit) -> None:
    ask()

    run_everything()

    assert list(Spool(settings.SPOOL_ROOT).call_ids()) == []


def test_a_dead_workers_claim_goes_back_in_line(ask: Submit) -> None:
    call = only_call(ask())
    move_call(call, CallStatus.CLAIMED, new_epoch=True, lease_until=_long_ago(), spool_host="gone")

    swept = execution.sweep()

    assert only_call(call.generation).status == CallStatus.QUEUED
    assert swept.startable == 1


def test_a_dead_workers_sent_call_is_unknown(ask: Submit) -> None:
    call = only_call(ask())
    move_call(
        call, CallStatus.CLAIMED, new_epoch=True, lease_until=_long_ago(), spool_host=settings.STUDIO_HOST
    )
    move_call(call, CallStatus.SENT)

    execution.sweep()

    assert ended(call.generation) == (GenerationStatus.UNKNOWN, Outcome.NONE, "worker_lost")


def test_an_answer_spooled_by_a_worker_that_died_before_recording_it_is_found(
    ask: Submit, wire: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask()
    with monkeypatch.context() as death:
        death.setattr(calling, "_receive", lambda *_: False)
        calling.execute_next()
    assert only_call(generation).status == CallStatus.SENT
    Call.objects.update(lease_until=_long_ago())

    swept = execution.sweep()
    assert swept.received == ((only_call(generation).pk, settings.STUDIO_HOST),)
    execution.settle(only_call(generation).pk)

    assert ended(generation)[0] == GenerationStatus.SUCCEEDED
    assert len(wire.asked) == 1


def test_a_waiting_call_whose_answer_lies_here_is_never_sent_again(ask: Submit, wire: FakeEndpoint) -> None:
    """As after the restore of a backup: the row knows nothing of what was paid for."""
    generation = ask()
    execution.execute_next()
    forgotten = {"status": CallStatus.QUEUED, "epoch": 0, "received_at": None, "sent_at": None}
    Call.objects.update(**forgotten)

    run_everything()

    assert Generation.objects.get(pk=generation.pk).status == GenerationStatus.SUCCEEDED
    assert len(wire.asked) == 1


def test_without_the_folder_of_the_spool_nobody_is_asked_and_the_call_waits(
    ask: Submit, wire: FakeEndpoint, settings: Settings
) -> None:
    generation = ask()
    settings.SPOOL_ROOT.touch()

    execution.execute_next()

    assert wire.asked == []
    call = only_call(generation)
    assert (call.status, call.reason) == (CallStatus.QUEUED, "spool_full")


def test_the_sweep_takes_up_the_answer_of_a_call_that_waits(ask: Submit, wire: FakeEndpoint) -> None:
    generation = ask()
    execution.execute_next()
    Call.objects.update(status=CallStatus.QUEUED, epoch=0, received_at=None, sent_at=None)

    swept = execution.sweep()

    assert [pk for pk, _ in swept.received] == [only_call(generation).pk]
    execution.settle(only_call(generation).pk)
    assert Generation.objects.get(pk=generation.pk).status == GenerationStatus.SUCCEEDED
    assert len(wire.asked) == 1


def test_an_answer_of_a_call_that_nobody_knows_is_laid_aside(ask: Submit, settings: Settings) -> None:
    generation = ask()
    execution.execute_next()
    call = only_call(generation)
    answer = (settings.SPOOL_ROOT / f"{call.pk}.body").read_bytes()
    Call.objects.all().delete()

    execution.sweep()

    aside = settings.SPOOL_ROOT / "aside"
    assert (aside / f"{call.pk}.body").read_bytes() == answer
    assert (aside / f"{call.pk}.head").exists()
    assert list(worker_module.spool().call_ids()) == []


def test_what_was_laid_aside_is_taken_up_once_its_call_is_known_again(
    ask: Submit, settings: Settings
) -> None:
    generation = ask()
    execution.execute_next()
    call = only_call(generation)
    Call.objects.all().delete()
    execution.sweep()
    call.status, call.reason = CallStatus.UNKNOWN, "answer_lost"
    call.save(force_insert=True)

    execution.sweep()
    execution.settle(call.pk)

    assert only_call(generation).status == CallStatus.SETTLED
    assert list((settings.SPOOL_ROOT / "aside").iterdir()) == []


def test_what_was_laid_aside_is_discarded_some_day(ask: Submit, settings: Settings) -> None:
    ask()
    execution.execute_next()
    Call.objects.all().delete()
    execution.sweep()

    worker_module.spool().discard_laid_aside(older_than=60)
    assert len(list((settings.SPOOL_ROOT / "aside").iterdir())) == 2
    worker_module.spool().discard_laid_aside(older_than=-1)
    assert list((settings.SPOOL_ROOT / "aside").iterdir()) == []


def test_a_late_answer_turns_unknown_into_what_it_was(
    ask: Submit, wire: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask()
    wire.answers = [images(picture())]
    monkeypatch.setattr(calling, "_mark_sent", _mark_sent_and_be_given_up)
    done = calling.execute_next()

    assert done is not None
    assert done.received
    execution.settle(done.call_id)
    assert ended(generation)[0] == GenerationStatus.SUCCEEDED


def test_what_a_late_answer_brings_to_what_was_forgotten_can_be_forgotten_again(
    ask: Submit, wire: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask()
    wire.answers = [images(picture())]
    monkeypatch.setattr(calling, "_mark_sent", _mark_sent_and_be_given_up)
    done = calling.execute_next()
    Generation.objects.update(prompt="", forgotten_at=timezone.now())

    assert done is not None
    execution.settle(done.call_id)
    generation.refresh_from_db()
    assert (generation.images_count, generation.forgotten_at) == (1, None)


def test_a_worker_that_lost_its_claim_sends_nothing(
    ask: Submit, wire: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask()
    monkeypatch.setattr(calling, "asked", _fence_and(asking.asked))

    calling.execute_next()

    assert wire.asked == []
    assert only_call(generation).status == CallStatus.QUEUED


def test_the_key_appears_in_no_row(ask: Submit, wire: FakeEndpoint) -> None:
    wire.answers = [
        error(401, code="invalid_api_key", message="Incorrect API key provided: sk-test-key-of-nobody")
    ]
    generation = ask()

    run_everything()

    call = only_call(generation)
    assert call.reason == "bad_key"
    assert "sk-test-key-of-nobody" not in json.dumps([str(value) for value in vars(call).values()])


def test_a_worker_that_is_being_stopped_takes_nothing_more(ask: Submit, stopping: threading.Event) -> None:
    generation = ask()
    stopping.set()

    assert calling.execute_next() is None
    assert only_call(generation).status == CallStatus.QUEUED


def test_a_call_that_was_not_sent_when_its_worker_was_stopped_is_left_to_another(
    ask: Submit, wire: FakeEndpoint, stopping: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask()
    with monkeypatch.context() as signal:
        signal.setattr(calling, "_mark_sent", _after(stopping.set, calling._mark_sent))
        calling.execute_next()
    call = only_call(generation)
    assert (call.status, call.repeats, call.not_before, wire.asked) == (CallStatus.QUEUED, 0, None, [])
    stopping.clear()

    run_everything()

    assert ended(generation)[0] == GenerationStatus.SUCCEEDED


def test_an_answer_that_comes_in_time_before_the_worker_ends_is_taken(
    ask: Submit, stopping: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask()
    monkeypatch.setattr(calling, "_receive", _after(partial(_stop, stopping), calling._receive))

    run_everything()

    assert ended(generation) == (GenerationStatus.SUCCEEDED, Outcome.PASSED, "")
    assert only_call(generation).reason == ""


def test_a_call_that_a_stopped_worker_could_not_finish_says_so(
    ask: Submit, stopping: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask()
    monkeypatch.setattr(calling, "_receive", _after(partial(_stop, stopping), lambda *_: False))
    calling.execute_next()
    Spool(settings.SPOOL_ROOT).discard(str(only_call(generation).pk))
    Call.objects.update(lease_until=_long_ago())

    execution.sweep()

    assert ended(generation) == (GenerationStatus.UNKNOWN, Outcome.NONE, "studio_stopped")


def test_an_answer_that_is_gone_from_the_disk_leaves_the_call_unknown(ask: Submit) -> None:
    generation = ask()
    done = calling.execute_next()
    assert done is not None
    Spool(settings.SPOOL_ROOT).discard(str(done.call_id))

    execution.settle(done.call_id)

    assert ended(generation) == (GenerationStatus.UNKNOWN, Outcome.NONE, "answer_lost")


def test_an_answer_on_a_host_that_never_returns_is_given_up_after_a_day(ask: Submit) -> None:
    generation = ask()
    calling.execute_next()
    Call.objects.update(spool_host="gone", received_at=timezone.now() - timedelta(hours=23))
    execution.sweep()
    assert ended(generation)[0] == GenerationStatus.RUNNING

    Call.objects.update(received_at=_days_ago())
    execution.sweep()

    assert ended(generation) == (GenerationStatus.UNKNOWN, Outcome.NONE, "answer_lost")


def test_a_host_that_returns_after_it_was_given_up_still_settles_what_was_paid_for(
    ask: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask()
    calling.execute_next()
    Call.objects.update(received_at=_days_ago(), spool_host="gone")
    execution.sweep()  # as another host, whose spool is empty
    Call.objects.update(spool_host=settings.STUDIO_HOST)

    for call_id, _ in execution.sweep().received:
        execution.settle(call_id)

    assert ended(generation)[0] == GenerationStatus.SUCCEEDED


def test_a_host_that_waits_for_the_storage_is_not_given_up(ask: Submit) -> None:
    generation = ask()
    calling.execute_next()
    soon = timezone.now() + timedelta(seconds=60)
    Call.objects.update(spool_host="other", received_at=_days_ago(), not_before=soon)

    execution.sweep()

    assert ended(generation)[0] == GenerationStatus.RUNNING


def test_claims_are_not_reaped_before_the_living_could_speak_after_an_outage_of_the_database(
    ask: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "_outage", sweeping._Outage())
    call = only_call(ask())
    move_call(call, CallStatus.CLAIMED, new_epoch=True, lease_until=_long_ago(), spool_host="gone")
    with monkeypatch.context() as outage, pytest.raises(OperationalError):
        outage.setattr(sweeping, "find_spooled_answers", _database_is_away)
        execution.sweep()

    execution.sweep()
    assert only_call(call.generation).status == CallStatus.CLAIMED
    monkeypatch.setattr(sweeping, "_outage", sweeping._Outage())
    execution.sweep()
    assert only_call(call.generation).status == CallStatus.QUEUED


def test_a_worker_that_speaks_while_others_are_reaped_keeps_its_call(
    ask: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [only_call(ask()) for _ in range(2)]
    for call in calls:
        move_call(call, CallStatus.CLAIMED, new_epoch=True, lease_until=_long_ago())

    def speak(generation_id: Any) -> None:
        Call.objects.in_flight().update(lease_until=timezone.now() + timedelta(seconds=30))

    monkeypatch.setattr(sweeping, "refresh", speak)
    sweeping.reap_abandoned_calls()

    statuses = Call.objects.filter(pk__in=[call.pk for call in calls]).values_list("status", flat=True)
    assert sorted(statuses) == [CallStatus.CLAIMED, CallStatus.QUEUED]


def test_claims_are_not_reaped_right_after_somebody_has_kept_the_database_from_all_others(
    ask: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "_outage", sweeping._Outage())
    call = only_call(ask())
    move_call(call, CallStatus.CLAIMED, new_epoch=True, lease_until=_long_ago())
    moments = iter([0.0, settings.CALL_LEASE_SECONDS])  # before and after the transaction could begin
    with monkeypatch.context() as slow:
        slow.setattr(time, "monotonic", lambda: next(moments, settings.CALL_LEASE_SECONDS))
        sweeping.reap_abandoned_calls()
        assert only_call(call.generation).status == CallStatus.CLAIMED
        sweeping.reap_abandoned_calls()
        assert only_call(call.generation).status == CallStatus.CLAIMED

    monkeypatch.setattr(sweeping, "_outage", sweeping._Outage())
    sweeping.reap_abandoned_calls()
    assert only_call(call.generation).status == CallStatus.QUEUED


def test_another_member_is_next_however_many_calls_of_one_wait(
    ask: Submit, bo: User, endpoint: Endpoint
) -> None:
    endpoint.calls_at_once = 2
    endpoint.save()
    crowd = only_call(ask())
    Call.objects.bulk_create(
        Call(generation=crowd.generation, member=crowd.member, endpoint=endpoint, position=position, n=1)
        for position in range(1, 500)
    )
    worker = this_worker()
    first, second = claim_next(worker), claim_next(worker)
    assert first is not None
    assert second is not None
    assert first.member_id == second.member_id == crowd.member_id
    late = only_call(ask(member=bo))
    assert claim_next(worker) is None

    Call.objects.filter(pk=first.pk).update(status=CallStatus.SETTLED)

    assert claim_next(worker) == late


def test_waiting_calls_of_what_was_cancelled_are_taken_out_of_the_line_by_the_sweep(ask: Submit) -> None:
    generation = ask()
    Generation.objects.update(cancel_asked_at=timezone.now())  # and then the process was ended

    execution.sweep()

    assert ended(generation)[0] == GenerationStatus.CANCELLED


def test_a_suspended_members_waiting_calls_are_cancelled(ask: Submit) -> None:
    generation = ask()
    generation.member.is_active = False
    generation.member.save()

    execution.sweep()

    assert ended(generation)[0] == GenerationStatus.CANCELLED


def test_a_call_that_its_worker_lost_hold_of_is_not_kept_alive_for_ever(
    ask: Submit, wire: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask()
    with monkeypatch.context() as outage:
        outage.setattr(calling, "_receive", _database_is_away)
        with pytest.raises(OperationalError):
            calling.execute_next()
    Call.objects.update(lease_until=_long_ago())

    give_sign_of_life(this_worker())
    execution.sweep()
    execution.settle(only_call(generation).pk)

    assert ended(generation)[0] == GenerationStatus.SUCCEEDED
    assert len(wire.asked) == 1


def test_a_call_in_hand_is_kept_alive(ask: Submit, monkeypatch: pytest.MonkeyPatch) -> None:
    ask()
    held: list[int] = []

    def look_and_mark(call: Call) -> None:
        held.append(give_sign_of_life(this_worker()))
        _really_mark_sent(call)

    monkeypatch.setattr(calling, "_mark_sent", look_and_mark)
    calling.execute_next()

    assert held == [1]
    assert give_sign_of_life(this_worker()) == 0


def test_a_database_that_is_away_before_anything_was_sent_costs_the_call_nothing(
    ask: Submit, wire: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask()
    with monkeypatch.context() as outage:
        outage.setattr(moves, "touch", _database_is_away_when_sent(moves.touch))
        with pytest.raises(OperationalError):
            calling.execute_next()
    assert wire.asked == []
    Call.objects.update(lease_until=_long_ago())

    execution.sweep()
    run_everything()

    assert ended(generation)[0] == GenerationStatus.SUCCEEDED


def test_a_late_answer_to_a_generation_that_has_everything_does_not_stop_the_sweep(
    ask: Submit, wire: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.answers = [images(picture(), picture(color="red")), images(picture(color="blue"))]
    generation = ask(model="dall-e-3", n=2)
    done = calling.execute_next()
    assert done is not None
    with monkeypatch.context() as death:
        death.setattr(calling, "_receive", lambda *_: False)
        calling.execute_next()
    Call.objects.filter(status=CallStatus.SENT).update(status=CallStatus.UNKNOWN)
    execution.settle(done.call_id)
    assert ended(generation)[0] == GenerationStatus.SUCCEEDED

    for call_id, _host in execution.sweep().received:
        execution.settle(call_id)

    assert ended(generation)[0] == GenerationStatus.SUCCEEDED
    assert generation.images_count == 3


def test_an_image_with_broken_exif_is_stored_all_the_same(ask: Submit, wire: FakeEndpoint) -> None:
    stream = io.BytesIO()
    Picture.new("RGB", (64, 48)).save(stream, "PNG", exif=b"Exif\0\0no such thing")
    wire.answers = [images(stream.getvalue())]
    generation = ask()

    run_everything()

    assert ended(generation)[0] == GenerationStatus.SUCCEEDED


def test_one_dead_link_does_not_cost_the_other_images(ask: Submit, wire: FakeEndpoint) -> None:
    good = [{"b64_json": base64.b64encode(picture(color=color)).decode()} for color in ("red", "blue")]
    data = [good[0], {"url": "https://169.254.169.254/latest"}, good[1]]
    wire.answers = [Scripted(body=json.dumps({"data": data, "usage": {"total_tokens": 7}}).encode())]
    generation = ask(n=3)

    run_everything()

    assert ended(generation) == (GenerationStatus.PARTIAL, Outcome.PASSED, "forbidden_address")
    assert generation.images_count == 2
    assert only_call(generation).outcome == CallOutcome.PARTIAL
    assert only_call(generation).usage is not None


def test_a_link_that_may_still_answer_is_waited_for_while_the_other_images_are_stored(
    ask: Submit, wire: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = [{"url": f"{wire.base_url}/lags.png"}, {"b64_json": base64.b64encode(picture()).decode()}]
    wire.answers = [Scripted(body=json.dumps({"data": data}).encode())]
    generation = ask(n=2)

    run_everything()
    assert only_call(generation).status == CallStatus.RECEIVED
    assert generation.images.count() == 1
    monkeypatch.setattr(settling, "LINK_SECONDS", 0.0)
    Call.objects.update(not_before=None)
    execution.settle(only_call(generation).pk)

    assert ended(generation) == (GenerationStatus.PARTIAL, Outcome.PASSED, "image_not_retrievable")


def test_a_settler_that_was_taken_over_leaves_the_answer_to_its_successor(
    ask: Submit, wire: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.answers = [images(picture())]
    generation = ask(n=2)
    done = calling.execute_next()
    assert done is not None
    with monkeypatch.context() as slow:
        slow.setattr(settling, "store", _take_over_and(store))
        execution.settle(done.call_id)
    Call.objects.update(lease_until=None)

    execution.settle(done.call_id)

    assert ended(generation) == (GenerationStatus.PARTIAL, Outcome.WITHHELD, "withheld")


def test_what_dead_workers_left_half_written_is_deleted_after_a_day(settings: Settings) -> None:
    spool = settings.SPOOL_ROOT
    old, young = spool / f"{uuid4()}.part", spool / f"{uuid4()}.part"
    work = spool / "work" / f"{uuid4()}-3"
    work.mkdir(parents=True)
    (work / "0").write_bytes(b"half an image")
    for file in (old, young):
        file.write_bytes(b"half an answer")
    for left_over in (old, work):
        os.utime(left_over, (0, 0))

    execution.sweep()

    assert (old.exists(), work.exists(), young.exists()) == (False, False, True)


def test_many_kept_answers_cost_the_sweep_a_constant_number_of_queries(
    ask: Submit, wire: FakeEndpoint, django_assert_max_num_queries: Any
) -> None:
    wire.answers = [Scripted(body=b'{"data": [{"b64_json": "AAAA"')]
    for _ in range(12):
        ask()
    run_everything()

    with django_assert_max_num_queries(20):
        execution.sweep()


def _days_ago() -> datetime:
    return timezone.now() - timedelta(days=2)


def _long_ago() -> datetime:
    return timezone.now() - timedelta(hours=1)


def _storage_is_away(*_: Any) -> Never:
    raise StorageUnavailable("The storage is away.")


_really_mark_sent = calling._mark_sent


def _mark_sent_and_be_given_up(call: Call) -> None:
    _really_mark_sent(call)
    Call.objects.filter(pk=call.pk).update(status=CallStatus.UNKNOWN, epoch=call.epoch + 1)


def _fence_and(then: Callable[[Call], Any]) -> Callable[[Call], Any]:
    def take_over_first(call: Call) -> Any:
        Call.objects.filter(pk=call.pk).update(status=CallStatus.QUEUED, epoch=call.epoch + 1)
        return then(call)

    return take_over_first


def _database_is_away(*_: Any) -> Never:
    raise OperationalError("The database is away.")


def _database_is_away_when_sent(then: Callable[..., None]) -> Callable[..., None]:
    def touch(generation_id: Any, *, member_id: int) -> None:
        if Call.objects.filter(generation_id=generation_id, status=CallStatus.SENT).exists():
            _database_is_away()
        then(generation_id, member_id=member_id)

    return touch


def _take_over_and(then: Callable[..., Any]) -> Callable[..., Any]:
    def be_slow(*arguments: Any) -> Any:
        Call.objects.update(epoch=F("epoch") + 1)
        return then(*arguments)

    return be_slow


def _after(first: Callable[[], None], then: Callable[..., Any]) -> Callable[..., Any]:
    def do(*arguments: Any) -> Any:
        first()
        return then(*arguments)

    return do


def _stop(stopping: threading.Event) -> None:
    stopping.set()
    give_sign_of_life(this_worker())
