"""An endpoint to ask, a folder for the spool and the storage, and a member's order."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

from generations import execution
from generations.models import Call, Endpoint, EndpointModel, Generation
from generations.submission import Order, submit
from team.models import User
from tests.fake_endpoint import FakeEndpoint, fake_endpoint

Submit = Callable[..., Generation]


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings: Settings) -> None:
    settings.SPOOL_ROOT = tmp_path / "spool"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            **settings.STORAGES["default"],
            "OPTIONS": {"location": tmp_path / "media", "base_url": None, "allow_overwrite": True},
        },
    }


@pytest.fixture
def wire() -> Iterator[FakeEndpoint]:
    """What the endpoint answers and what it was asked."""
    with fake_endpoint() as running:
        yield running


@pytest.fixture
def endpoint(db: None, wire: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    """An endpoint row that points at the wire, with two models."""
    monkeypatch.setenv("IMAGES_API_KEY", "sk-test-key-of-nobody")
    row = Endpoint.objects.create(name="Test", base_url=wire.base_url, deadline_seconds=10)
    EndpointModel.objects.create(endpoint=row, name="gpt-image-2", position=0)
    EndpointModel.objects.create(endpoint=row, name="dall-e-3", position=1)
    return row


@pytest.fixture
def ask(endpoint: Endpoint, mei: User) -> Submit:
    """Submit an order; Mei asks unless another member is named."""

    def submit_order(*, member: User = mei, **fields: Any) -> Generation:
        fields = {"endpoint": endpoint, "model": "gpt-image-2", "prompt": "a white cat", "n": 1, **fields}
        return submit(Order(**fields), member=member, token=uuid4())

    return submit_order


def run_everything() -> None:
    """Do what the two pools would do until nothing is left that may start now."""
    while (done := execution.execute_next()) is not None:
        if done.received:
            execution.settle(done.call_id)


def only_call(generation: Generation) -> Call:
    """The one call of a generation, read anew."""
    return Call.objects.select_related("generation", "endpoint").get(generation=generation)
