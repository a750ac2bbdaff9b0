"""What leaves for the endpoint is what the model's family knows, and no more."""

import pytest

from generations.execution.asking import connection_of
from generations.images_api import family_of
from generations.models import Endpoint, EndpointModel
from generations.submission import again
from tests.fake_endpoint import FakeEndpoint
from tests.generations.conftest import Submit, only_call, run_everything

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("model", "chosen", "sent"),
    [
        (
            "dall-e-3",
            {"style": "vivid", "quality": "hd"},
            {"style": "vivid", "quality": "hd", "response_format": "b64_json"},
        ),
        ("dall-e-2", {}, {"response_format": "b64_json"}),
        ("recraftv3", {}, {"response_format": "b64_json"}),
        (
            "grok-imagine-image",
            {"aspect_ratio": "16:9"},
            {"aspect_ratio": "16:9", "response_format": "b64_json"},
        ),
        ("flux-kontext-pro", {"aspect_ratio": "21:9"}, {"aspect_ratio": "21:9"}),
        (
            "gpt-image-2",
            {"output_format": "webp", "output_compression": 0, "background": "opaque"},
            {"output_format": "webp", "output_compression": 0, "background": "opaque"},
        ),
        ("gpt-image-2.5-flare", {"background": "transparent"}, {"background": "transparent"}),
        ("gpt-image-2.6-flare", {"size": "1360x768"}, {"size": "1360x768"}),
        ("a-model-of-tomorrow", {}, {}),
    ],
)
def test_every_family_is_asked_in_its_own_words(
    ask: Submit, wire: FakeEndpoint, model: str, chosen: dict[str, object], sent: dict[str, object]
) -> None:
    ask(model=model, **chosen)

    run_everything()

    assert wire.asked == [{"model": model, "prompt": "a white cat", "n": 1, **sent}]


def test_asking_again_asks_for_all_of_it(ask: Submit, endpoint: Endpoint) -> None:
    EndpointModel.objects.create(endpoint=endpoint, name="grok-imagine-image")
    first = ask(model="grok-imagine-image", aspect_ratio="16:9", style="vivid", output_compression=7)

    second = again(first, token=first.pk)

    assert (second.aspect_ratio, second.style, second.output_compression) == ("16:9", "vivid", 7)


@pytest.mark.parametrize(("agreed", "deadline"), [(10, 600), (900, 900)])
def test_the_longer_deadline_of_endpoint_and_model_holds(
    ask: Submit, endpoint: Endpoint, agreed: int, deadline: float
) -> None:
    endpoint.deadline_seconds = agreed
    endpoint.save()

    assert family_of("gpt-image-2").deadline == 600
    assert connection_of(only_call(ask())).deadline == deadline
