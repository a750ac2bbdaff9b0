"""What a good request is answered with."""

from __future__ import annotations

import base64
import io

import httpx
import pytest
from PIL import Image

from simulator.catalogue import GPT_1, GPT_2, SUNBURST
from simulator.usage import output_tokens
from tests.simulator.conftest import Simulator

SMALL = "1024x640"


def opened(answer: httpx.Response, index: int = 0) -> Image.Image:
    content = base64.b64decode(answer.json()["data"][index]["b64_json"], validate=True)
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def test_a_prompt_gives_a_real_png_of_realistic_weight(endpoint: Simulator) -> None:
    answer = endpoint.ask("A quiet valley at dawn", size="1024x1024")
    assert answer.status_code == 200
    assert (opened(answer).format, opened(answer).size) == ("PNG", (1024, 1024))
    assert 1_000_000 < len(base64.b64decode(answer.json()["data"][0]["b64_json"])) < 2_600_000


@pytest.mark.parametrize("size", ["2048x1152", "2160x3840", SMALL])
def test_the_newer_models_keep_to_any_legal_size(endpoint: Simulator, size: str) -> None:
    answer = endpoint.ask("Waves [[plain]]", model="gpt-image-2", size=size)
    assert "x".join(map(str, opened(answer).size)) == size == answer.json()["size"]


def test_the_same_request_gives_the_same_image_and_a_seed_another(endpoint: Simulator) -> None:
    first, again, other = (
        endpoint.ask(prompt, model="gpt-image-2", size=SMALL).json()["data"]
        for prompt in ("Paper boats", "Paper boats [[drip:0]]", "Paper boats [[seed:7]]")
    )
    assert first == again
    assert first != other


def test_the_images_of_one_request_differ(endpoint: Simulator) -> None:
    data = endpoint.ask("Paper boats", model="gpt-image-2", size=SMALL, n=3).json()["data"]
    assert len({item["b64_json"] for item in data}) == 3


@pytest.mark.parametrize(("output_format", "name"), [("jpeg", "JPEG"), ("webp", "WEBP")])
def test_other_formats_are_real_and_echoed(endpoint: Simulator, output_format: str, name: str) -> None:
    answer = endpoint.ask(
        "Leaves", model="gpt-image-2", size=SMALL, output_format=output_format, output_compression=60
    )
    assert opened(answer).format == name
    assert answer.json()["output_format"] == output_format


def test_a_transparent_background_has_clear_corners_and_a_solid_middle(endpoint: Simulator) -> None:
    answer = endpoint.ask("A badge", background="transparent")
    image = opened(answer)
    assert answer.json()["background"] == "transparent"
    assert image.mode == "RGBA"
    alpha = image.getchannel("A")
    assert (alpha.getpixel((0, 0)), alpha.getpixel((512, 512))) == (0, 255)


def test_transparency_can_be_asked_for_in_the_prompt(endpoint: Simulator) -> None:
    assert endpoint.ask("一枚徽章，透明背景").json()["background"] == "transparent"


def test_resolved_values_are_echoed_instead_of_auto(endpoint: Simulator) -> None:
    body = endpoint.ask("Hills [[plain]]", quality="auto", background="auto", size="auto").json()
    assert (body["quality"], body["background"], body["size"]) == ("medium", "opaque", "1024x1024")


@pytest.mark.parametrize(
    ("words", "size"),
    [
        ("in 3:2", "1536x1024"),
        ("2:3 format", "1024x1536"),
        ("a portrait", "1024x1536"),
        ("横幅", "1536x1024"),
    ],
)
def test_without_a_size_the_prompt_may_say_one(endpoint: Simulator, words: str, size: str) -> None:
    assert endpoint.ask(f"Hills, {words} [[plain]]").json()["size"] == size


def test_usage_counts_the_images_that_came(endpoint: Simulator) -> None:
    usage = endpoint.ask("Hills [[plain]]", quality="low", n=2, size="1024x1024").json()["usage"]
    assert usage["output_tokens"] == 2 * 272
    assert usage["total_tokens"] == usage["input_tokens"] + 544


@pytest.mark.parametrize(
    ("quality", "size", "tokens"),
    [
        ("low", (1024, 1024), 196),
        ("high", (1024, 1024), 7024),
        ("medium", (1024, 1536), 1372),
        ("high", (3840, 2160), 13342),
    ],
)
def test_gpt_image_2_counts_tokens_by_the_grid(quality: str, size: tuple[int, int], tokens: int) -> None:
    assert output_tokens(GPT_2, size, quality) == tokens


def test_the_token_counts_of_the_other_generations_differ() -> None:
    assert output_tokens(SUNBURST, (2048, 1152), "xhigh") == 2511
    assert output_tokens(GPT_1, (1024, 1536), "high") == 6240


def test_dall_e_3_answers_with_a_link_and_its_own_prompt(endpoint: Simulator) -> None:
    item = endpoint.ask("Tea [[plain]]", model="dall-e-3", size="1792x1024").json()["data"][0]
    fetched = endpoint.client.get(item["url"])
    assert "Tea" in item["revised_prompt"]
    assert fetched.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(fetched.content)).size == (1792, 1024)


def test_a_link_without_its_signature_opens_nothing(endpoint: Simulator) -> None:
    link = endpoint.ask("Tea [[plain]]", model="dall-e-2", size="256x256").json()["data"][0]["url"]
    assert endpoint.client.get(link.partition("&")[0]).status_code == 403
    assert endpoint.client.get(link[:-1] + ("0" if link[-1] != "0" else "1")).status_code == 403


def test_sora_image_answers_with_bare_links(endpoint: Simulator) -> None:
    data = endpoint.ask("Tea [[plain]]", model="sora_image", n=2).json()["data"]
    assert [type(item) for item in data] == [str, str]
    assert endpoint.client.get(data[1]).status_code == 200


def test_flux_answers_with_a_jpeg_behind_a_link(endpoint: Simulator) -> None:
    link = endpoint.ask("Tea [[plain]]", model="flux-kontext-pro").json()["data"][0]["url"]
    assert Image.open(io.BytesIO(endpoint.client.get(link).content)).format == "JPEG"


def test_both_model_lists_name_the_same_models(endpoint: Simulator, gateway: Simulator) -> None:
    plain = endpoint.get("/v1/models").json()
    listed = gateway.client.get(gateway.url + "/v1/models", headers={"Authorization": "sk-good"}).json()
    assert plain["object"] == "list"
    assert listed["success"] is True
    assert {item["id"] for item in plain["data"]} == {item["id"] for item in listed["data"]}
    kinds = {item["id"]: item["supported_endpoint_types"] for item in listed["data"]}
    assert kinds["gpt-image-2"][0] == "image-generation"
    assert kinds["gpt-4o-mini"] == ["openai"]
