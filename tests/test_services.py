"""The services of the tests are the real things, and refuse what the real things refuse."""

import os
import sqlite3

import boto3
import psycopg
import pytest
import redis as redis_client
from botocore.exceptions import ClientError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from playwright.sync_api import Page

from tests.services.processes import Running
from tests.services.s3 import Bucket
from tests.services.simulator import Simulator


@pytest.mark.django_db
def test_the_database_is_the_one_the_run_names() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
    assert os.environ["DATABASE_URL"].startswith(connection.vendor)


@pytest.mark.django_db
def test_the_database_demands_its_constraints_at_once() -> None:
    with connection.cursor() as cursor, pytest.raises(Exception, match=r"(?i)constraint|null") as caught:
        cursor.execute("INSERT INTO django_session (session_key) VALUES (NULL)")
    assert isinstance(caught.value.__cause__, psycopg.Error | sqlite3.Error)


def test_the_broker_is_empty_when_a_test_begins(redis: "redis_client.Redis") -> None:
    assert redis.dbsize() == 0


def test_the_object_store_keeps_what_the_storage_saves(s3_storage: Bucket) -> None:
    default_storage.save("a/b.txt", ContentFile(b"bytes"))
    assert s3_storage.keys() == {"a/b.txt"}
    with default_storage.open("a/b.txt") as saved:
        assert saved.read() == b"bytes"


def test_the_object_store_refuses_a_wrong_key(s3_bucket: Bucket) -> None:
    stranger = boto3.client(
        "s3",
        endpoint_url=s3_bucket.store.endpoint_url,
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",
        region_name="us-east-1",
    )
    with pytest.raises(ClientError):
        stranger.list_objects_v2(Bucket=s3_bucket.name)


def test_the_simulator_keeps_a_ledger(simulator: Simulator) -> None:
    assert simulator.ledger.exists()


def test_the_workers_hear_the_broker_of_the_test(
    workers: dict[str, Running], redis: "redis_client.Redis"
) -> None:
    assert all(worker.is_alive for worker in workers.values())
    assert redis.dbsize() > 0


def test_the_browser_runs_scripts(page: Page) -> None:
    page.set_content("<p>before</p>")
    page.evaluate("document.querySelector('p').textContent = 'after'")
    assert page.inner_text("p") == "after"
