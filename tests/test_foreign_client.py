"""A client that we did not write gets from the simulator what it expects from an endpoint."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from openai import OpenAI
from openai.types.images_response import ImagesResponse
from PIL import Image

from tests.services.simulator import Simulator, simulator_server

FAST = "Hills [[plain]] [[slow:0]] "
MODEL = "gpt-image-1"


@pytest.fixture
def client(simulator: Simulator) -> Iterator[OpenAI]:
    with OpenAI(base_url=simulator.base_url, api_key="any-key", max_retries=0) as opened:
        yield opened


@pytest.fixture(scope="module")
def gateway(var: Path) -> Iterator[OpenAI]:
    with (
        simulator_server(var / "gateway", "--shape", "new-api", "--latency", "none") as running,
        OpenAI(base_url=running.base_url, api_key="any-key", max_retries=0) as opened,
    ):
        yield opened


def picture(colour: str, size: tuple[int, int] = (64, 64)) -> tuple[str, bytes, str]:
    stream = io.BytesIO()
    Image.new("RGBA", size, colour).save(stream, "PNG")
    return "picture.png", stream.getvalue(), "image/png"


def sizes(answer: ImagesResponse) -> list[tuple[int, int]]:
    return [size_of(item.b64_json) for item in answer.data or []]


def size_of(payload: str | None) -> tuple[int, int]:
    return Image.open(io.BytesIO(base64.b64decode(payload or "", validate=True))).size


def test_it_generates(client: OpenAI) -> None:
    answer = client.images.generate(model=MODEL, prompt=FAST, n=2, size="1536x1024", quality="low")
    assert sizes(answer) == [(1536, 1024)] * 2
    assert answer.usage is not None
    assert answer.usage.output_tokens == 2 * 400


def test_it_edits_two_pictures_with_a_mask(client: OpenAI) -> None:
    clear = picture("#00000000")
    answer = client.images.edit(
        model=MODEL, image=[picture("red"), picture("blue")], mask=clear, prompt=FAST, input_fidelity="high"
    )
    assert sizes(answer) == [(1024, 1024)]
    assert answer.usage is not None
    assert answer.usage.input_tokens_details.image_tokens > 0


def test_it_asks_for_a_variation(client: OpenAI) -> None:
    fast = ("picture [[slow:0]].png", *picture("red")[1:])
    # The vendor has given this route up; gateways and other vendors have not.
    with pytest.deprecated_call():
        answer = client.images.create_variation(
            model="dall-e-2", image=fast, size="256x256", response_format="b64_json"
        )
    assert sizes(answer) == [(256, 256)]


def test_it_streams_partial_images(client: OpenAI) -> None:
    seen = []
    for event in client.images.generate(model=MODEL, prompt=FAST, stream=True, partial_images=2):
        assert size_of(event.b64_json) == (1024, 1024)
        seen.append(event.type)
    assert seen == ["image_generation.partial_image"] * 2 + ["image_generation.completed"]


def test_it_streams_an_edit(client: OpenAI) -> None:
    events = list(
        client.images.edit(model=MODEL, image=picture("red"), prompt=FAST, stream=True, partial_images=1)
    )
    assert [event.type for event in events] == ["image_edit.partial_image", "image_edit.completed"]
    completed = events[-1]
    assert completed.type == "image_edit.completed"
    assert completed.usage.total_tokens > 0


def test_it_meets_an_error_in_a_stream(client: OpenAI) -> None:
    prompt = FAST + "[[stream-error]]"
    with pytest.raises(openai.APIError, match="Image generation failed"):
        list(client.images.generate(model=MODEL, prompt=prompt, stream=True, partial_images=1))


def test_it_reads_what_a_gateway_makes_up(gateway: OpenAI) -> None:
    events = list(gateway.images.generate(model=MODEL, prompt=FAST + "[[no-stream]]", stream=True))
    assert [event.type for event in events] == ["image_generation.completed"]


def test_it_lists_models(client: OpenAI, gateway: OpenAI) -> None:
    listed = {model.id for model in client.models.list()}
    assert {"gpt-image-2", "dall-e-2", "omni-moderation-latest"} <= listed
    assert {model.id for model in gateway.models.list()} == listed


def test_it_moderates(client: OpenAI) -> None:
    answer = client.moderations.create(model="omni-moderation-latest", input=["tea", "torture"])
    assert [result.flagged for result in answer.results] == [False, True]
    assert answer.results[1].categories.violence is True
    assert answer.results[1].category_applied_input_types.sexual_minors == ["text"]


def test_its_errors_are_the_ones_it_knows(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as blocked:
        client.images.generate(model=MODEL, prompt="A village, Hayao Miyazaki")
    assert (blocked.value.code, blocked.value.type) == ("moderation_blocked", "image_generation_user_error")
    assert blocked.value.request_id is not None
    with pytest.raises(openai.RateLimitError) as busy:
        client.images.generate(model=MODEL, prompt=FAST + "[[status:429]]")
    assert busy.value.code == "rate_limit_exceeded"
    with pytest.raises(openai.NotFoundError) as unknown:
        client.images.generate(model="gpt-image-9", prompt=FAST)
    assert unknown.value.param == "model"
    with pytest.raises(openai.AuthenticationError):
        client.images.generate(model=MODEL, prompt=FAST + "[[status:401]]")
    with pytest.raises(openai.BadRequestError) as mismatch:
        client.images.edit(model=MODEL, image=picture("red"), mask=picture("#0000", (32, 32)), prompt=FAST)
    assert mismatch.value.code == "invalid_mask_image_format"


def test_a_gateway_answers_a_wrong_request_with_a_servers_error(gateway: OpenAI) -> None:
    with pytest.raises(openai.InternalServerError) as wrong:
        gateway.images.generate(model=MODEL, prompt=FAST, n=129)
    assert (wrong.value.status_code, wrong.value.code) == (500, "invalid_request")
    with pytest.raises(openai.InternalServerError) as without:
        gateway.images.edit(model=MODEL, image=[], prompt=FAST)
    assert without.value.status_code == 500
    with pytest.raises(openai.BadRequestError, match=r"\*\*\*\.\*\*\*\.com"):
        gateway.images.generate(model=MODEL, prompt="A village, Hayao Miyazaki")
