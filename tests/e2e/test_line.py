"""The whole line with real workers killed at the worst moments; the ledger counts what was paid."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.visitor import Visitor, visitor
from tests.services.processes import Running, start, wait_for
from tests.services.s3 import Bucket, s3_server
from tests.services.studio import Studio, running_studio, worker_parts


@pytest.fixture(scope="module")
def broken_studio(var: Path) -> Iterator[Studio]:
    """A studio whose parts these tests kill; each leaves all of them running."""
    with running_studio(var / "broken") as running:
        yield running


@pytest.fixture
def member(broken_studio: Studio) -> Iterator[Visitor]:
    with visitor(broken_studio) as signed_in:
        yield signed_in
    for name, part in list(broken_studio.running.items()):
        broken_studio.thaw(name)
        if not part.is_alive:
            broken_studio.start(name)


def executed(studio: Studio, prompt: str) -> int:
    """How many requests with this prompt the endpoint began to work on, and would charge for."""
    counted = studio.ledger(
        "SELECT count(*) FROM requests WHERE prompt = ? AND executed_at IS NOT NULL", (prompt,)
    )
    return int(counted[0][0])


def calls(studio: Studio, generation: str) -> list[tuple[str, str]]:
    wanted = generation if not studio.database_url.startswith("sqlite") else generation.replace("-", "")
    return [
        (str(status), str(outcome))
        for status, outcome in studio.rows(
            "SELECT status, outcome FROM generations_call WHERE generation_id = %s", (wanted,)
        )
    ]


@pytest.mark.either_database
def test_the_web_that_was_killed_is_started_again(member: Visitor) -> None:
    studio = member.studio
    assert studio.rows("SELECT email FROM team_user") == [(studio.email,)]
    studio.kill("web")
    studio.start("web")
    assert member.http.get("/healthz").status_code == 200


def test_a_calls_worker_killed_in_flight_costs_one_execution_and_one_honest_unknown(member: Visitor) -> None:
    studio = member.studio
    doomed = member.ask("a slow cat [[slow:60]]")
    wait_for(lambda: executed(studio, "a slow cat [[slow:60]]") == 1, "the call is in flight")
    waiting = member.ask("a patient dog")
    member.wait_for_status(waiting, "succeeded")

    studio.kill("calls")
    studio.start("calls")
    after = member.ask("a quick fox")

    assert member.wait_for_status(doomed, "unknown", "succeeded", "failed") == "unknown"
    assert member.wait_for_status(after, "succeeded") == "succeeded"
    assert executed(studio, "a slow cat [[slow:60]]") == 1
    assert executed(studio, "a patient dog") == 1
    assert calls(studio, doomed) == [("unknown", "")]


def test_an_images_worker_killed_after_the_answer_arrived_loses_nothing(member: Visitor) -> None:
    studio = member.studio
    studio.kill("images")
    generation = member.ask("a heron")
    wait_for(lambda: calls(studio, generation) == [("received", "")], "the answer is in the spool")

    studio.start("images")

    assert member.wait_for_status(generation, "succeeded") == "succeeded"
    assert executed(studio, "a heron") == 1


@pytest.mark.either_database
def test_work_that_was_submitted_while_every_worker_was_away_is_done_when_they_are_back(
    member: Visitor,
) -> None:
    studio = member.studio
    studio.kill("calls")
    studio.kill("redis")
    generation = member.ask("an otter")
    assert member.status(generation) == "queued"

    studio.start("redis")
    studio.start("calls")

    assert member.wait_for_status(generation, "succeeded") == "succeeded"
    assert executed(studio, "an otter") == 1


@pytest.mark.either_database
def test_pages_answer_at_once_while_redis_hangs_and_everything_is_done_meanwhile(member: Visitor) -> None:
    studio = member.studio
    studio.freeze("redis")
    began = time.monotonic()
    generation = member.ask("ten boats", model="dall-e-3", n="10")
    seconds = time.monotonic() - began

    assert seconds < 6  # three pages
    assert member.wait_for_status(generation, "succeeded", seconds=60) == "succeeded"
    studio.thaw("redis")
    after = member.ask("an eleventh boat")
    assert member.wait_for_status(after, "succeeded") == "succeeded"
    assert executed(studio, "ten boats") == 10


@pytest.mark.either_database
def test_two_hosts_share_a_bucket_each_settles_what_it_asked_for_and_an_outage_of_it_heals(
    short_folder: Path,
) -> None:
    with s3_server(short_folder / "s3") as store:
        bucket = store.make_bucket()
        shared = bucket.environment | {"STUDIO_HOST": "host-a"}
        with running_studio(short_folder, extra=shared) as studio, visitor(studio) as member:
            _start_second_host(studio, short_folder / "host-b")
            asked = [member.ask(f"boats {number} [[slow:2]]") for number in range(8)]
            for generation in asked:
                assert member.wait_for_status(generation, "succeeded") == "succeeded"
            hosts = {host for (host,) in studio.rows("SELECT DISTINCT spool_host FROM generations_call")}
            assert hosts == {"host-a", "host-b"}
            assert len(keys(bucket)) == 3 * len(asked)

            store.server.kill()
            generation = member.ask("a lighthouse")
            wait_for(lambda: calls(studio, generation) == [("received", "")], "the answer is in the spool")
            wait_for(lambda: _noticed(studio), "the outage is noticed")
            again = start(
                "s3", store.server.command, environment=store.server.environment, log=store.server.log
            )
            try:
                assert member.wait_for_status(generation, "succeeded", seconds=90) == "succeeded"
                assert len(keys(bucket)) == 3 * len(asked) + 3
            finally:
                again.end()
            assert executed(studio, "a lighthouse") == 1


def _noticed(studio: Studio) -> bool:
    return any("settled again later" in studio.log(name) for name in ("images", "images-b"))


def keys(bucket: Bucket) -> list[str]:
    listed = bucket.client.list_objects_v2(Bucket=bucket.name)
    return [str(entry["Key"]) for entry in listed.get("Contents", [])]


def _start_second_host(studio: Studio, folder: Path) -> None:
    environment = {**studio.environment, "STUDIO_HOST": "host-b", "STUDIO_SPOOL": str(folder / "spool")}
    for part in worker_parts(folder, environment):
        worker = start(part.name, part.command, environment=environment, log=folder / f"{part.name}.log")
        studio.running[f"{part.name}-b"] = worker
        wait_for(partial(_is_ready, worker), part.name, running=[worker])


def _is_ready(worker: Running) -> bool:
    return " ready." in worker.log.read_text()
