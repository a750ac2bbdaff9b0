"""Edits and variations: every way in which pictures come, and what is refused about them."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.simulator.conftest import Simulator
from tests.simulator.pictures import BLUE, GREEN, RED, data_url, decoded, first, mask, picture, share_of

File = tuple[str, tuple[str, bytes, str]]


def file(content: bytes, field: str = "image[]", *, name: str = "a.png", kind: str = "image/png") -> File:
    return (field, (name, content, kind))


def edit(
    endpoint: Simulator, *files: File, key: str = "test-key", call_id: str = "", **fields: Any
) -> httpx.Response:
    data = {"model": "gpt-image-1", "prompt": "Hills [[plain]]", **fields}
    sent = {name: str(value) for name, value in data.items() if value is not None}
    # A form without files would not be sent as multipart.
    parts: list[tuple[str, tuple[Any, ...]]] = [*files] or [("user", (None, "nobody"))]
    return endpoint.send("images/edits", data=sent, files=parts, key=key, call_id=call_id)


def test_the_references_are_seen_in_the_picture(endpoint: Simulator) -> None:
    answer = edit(endpoint, file(picture(RED)), file(picture(GREEN)), size="1024x1024")
    image = first(answer)
    assert image.size == (1024, 1024)
    assert share_of(image, RED) > 0.2
    assert share_of(image, GREEN) > 0.01


def test_with_a_mask_only_the_masked_area_is_changed(endpoint: Simulator) -> None:
    image = first(edit(endpoint, file(picture(BLUE)), file(mask(), "mask"), prompt="A cat"))
    left, right = image.crop((0, 0, 512, 1024)), image.crop((512, 0, 1024, 1024))
    assert right.convert("RGB").getcolors() == [(512 * 1024, BLUE)]
    assert share_of(left, BLUE) < 0.1


def test_a_row_of_the_ledger_tells_what_was_edited(endpoint: Simulator) -> None:
    red = picture(RED)
    edit(endpoint, file(red), file(picture(GREEN)), file(mask(), "mask"), call_id="edited")
    row = endpoint.row("edited", until="delivered_at")
    assert (row["operation"], row["reference_count"], row["has_mask"]) == ("edits", 2, 1)
    assert row["reference_sha256"] == hashlib.sha256(red).hexdigest()
    assert (row["images"], row["partial_images"]) == (1, None)


def test_references_are_billed_as_tokens_of_the_request(endpoint: Simulator) -> None:
    details = edit(endpoint, file(picture())).json()["usage"]["input_tokens_details"]
    assert details["image_tokens"] > 0


def test_without_a_size_an_edit_has_the_shape_of_its_first_reference(endpoint: Simulator) -> None:
    assert edit(endpoint, file(picture(size=(300, 200)))).json()["size"] == "1536x1024"


@pytest.mark.parametrize(("name", "kind"), [("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_other_kinds_of_pictures_are_taken(endpoint: Simulator, name: str, kind: str) -> None:
    content = picture(RED, output_format=name)
    assert edit(endpoint, file(content, "image", kind=kind)).status_code == 200


@pytest.mark.parametrize(
    ("files", "fields", "code", "param"),
    [
        ([], {}, "missing_required_parameter", "image"),
        ([file(picture())] * 17, {}, "array_above_max_length", "image"),
        ([file(picture(), kind="image/gif")], {}, "unsupported_file_mimetype", "image[]"),
        ([file(b"<svg/>")], {}, "invalid_image", "image[]"),
        ([file(picture()[:60])], {}, "invalid_image", "image[]"),
        ([file(b"")], {}, "empty_image_file", "image[]"),
        ([file(picture()), file(mask((128, 128)), "mask")], {}, "invalid_mask_image_format", "mask"),
        ([file(picture()), file(picture(), "mask")], {}, "invalid_mask_image_format", "mask"),
        ([file(picture()), file(b"no", "mask")], {}, "invalid_mask_image_format", "mask"),
        ([file(picture())], {"moderation": "low"}, "unknown_parameter", "moderation"),
        ([file(picture())], {"input_fidelity": "most"}, "invalid_value", "input_fidelity"),
        ([file(picture())], {"response_format": "url"}, "unknown_parameter", "response_format"),
        ([file(picture())], {"prompt": None}, "missing_required_parameter", "prompt"),
        ([file(picture())], {"model": "dall-e-3"}, "invalid_value", "model"),
        ([file(picture(), "image[0]")], {}, "missing_required_parameter", "image"),
        (
            [file(picture())],
            {"model": "gpt-image-2", "input_fidelity": "high"},
            "unknown_parameter",
            "input_fidelity",
        ),
        (
            [file(picture())],
            {"model": "gpt-image-1-mini", "input_fidelity": "high"},
            "invalid_value",
            "input_fidelity",
        ),
    ],
)
def test_a_wrong_edit_is_told_what_is_wrong(
    endpoint: Simulator, files: list[File], fields: dict[str, Any], code: str, param: str
) -> None:
    answer = edit(endpoint, *files, **fields)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, code, param)


def test_input_fidelity_is_taken_where_it_is_known(endpoint: Simulator) -> None:
    assert edit(endpoint, file(picture()), input_fidelity="high").status_code == 200


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (picture(size=(256, 128)), "image/png", "must be square"),
        (picture(output_format="JPEG"), "image/jpeg", "must be a PNG and less than 4 MB"),
        (picture() + bytes(4 * 1024 * 1024), "image/png", "must be a PNG and less than 4 MB"),
    ],
)
def test_dall_e_2_takes_one_small_square_png(
    endpoint: Simulator, content: bytes, kind: str, message: str
) -> None:
    fields = {"model": "dall-e-2", "size": "256x256"}
    assert edit(endpoint, file(picture(), "image"), **fields).status_code == 200
    refused = edit(endpoint, file(content, "image", kind=kind), **fields)
    assert message in refused.json()["error"]["message"]
    assert edit(endpoint, file(picture()), **fields).json()["error"]["param"] == "image[]"


def test_a_body_that_is_no_form_is_said_to_be_none(endpoint: Simulator, gateway: Simulator) -> None:
    kind = "multipart/form-data; boundary=x"
    for content in (b"", b"--x\r\n\r\nhalf", b"--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--"):
        headers = {"Authorization": "Bearer sk-good", "Content-Type": kind}
        plain, masked = (
            one.client.post(f"{one.url}/v1/images/edits", content=content, headers=headers)
            for one in (endpoint, gateway)
        )
        assert plain.status_code == 400
        assert masked.status_code == 500
        assert "failed to parse image edit form request" in masked.json()["error"]["message"]


def json_edit(endpoint: Simulator, **fields: Any) -> httpx.Response:
    body = {"model": "gpt-image-1", "prompt": "Hills [[plain]]", **fields}
    return endpoint.send("images/edits", json=body)


def test_the_json_form_takes_data_urls_a_mask_and_moderation(endpoint: Simulator) -> None:
    answer = json_edit(
        endpoint,
        images=[{"image_url": data_url(picture(BLUE))}],
        mask={"image_url": data_url(mask())},
        moderation="low",
    )
    assert share_of(first(answer), BLUE) > 0.45


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "missing_required_parameter"),
        ({"images": "no"}, "invalid_type"),
        ({"images": ["no"]}, "invalid_type"),
        ({"images": [{"file_id": "file-1"}]}, "image_file_not_found"),
        ({"images": [{"image_url": "https://images.example/a.png"}]}, "invalid_value"),
        ({"images": [{"image_url": "data:image/png;base64,%%%"}]}, "invalid_base64_image"),
        ({"images": [{"image_url": "nothing of this kind"}]}, "invalid_image_url"),
        ({"images": [{"image_url": data_url(picture())}] * 17}, "array_above_max_length"),
        ({"model": "dall-e-2", "images": [{"image_url": data_url(picture())}]}, "unsupported_content_type"),
    ],
)
def test_a_wrong_json_edit_is_told_what_is_wrong(
    endpoint: Simulator, fields: dict[str, Any], code: str
) -> None:
    answer = json_edit(endpoint, **fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def linked(endpoint: Simulator, answer: httpx.Response) -> Image.Image:
    assert answer.status_code == 200, answer.text
    return decoded(endpoint.client.get(answer.json()["data"][0]["url"]).content).convert("RGB")


def test_other_vendors_take_pictures_in_their_own_fields(endpoint: Simulator) -> None:
    red, blue = data_url(picture(RED)), data_url(picture(BLUE))
    prompt = "Hills [[plain]]"
    flux = endpoint.ask(prompt, model="flux-2-pro", input_image=red, input_image_2=blue, aspect_ratio="16:9")
    image = linked(endpoint, flux)
    assert image.size == (1344, 768)
    assert share_of(image, RED) > 0.1
    seedream = endpoint.ask(prompt, model="seedream-4-0", image=[red, blue])
    assert share_of(linked(endpoint, seedream), RED) > 0.1
    grok = json_edit(
        endpoint, model="grok-imagine-image", prompt=prompt, image={"url": red, "type": "image_url"}
    )
    assert share_of(linked(endpoint, grok), RED) > 0.1
    form = edit(endpoint, file(picture(RED), "image"), model="flux-kontext-pro")
    assert share_of(linked(endpoint, form), RED) > 0.1


def test_flux_wants_its_file_in_one_field_and_says_so_in_its_own_way(endpoint: Simulator) -> None:
    error = edit(endpoint, model="flux-kontext-pro").json()["error"]
    assert (error["message"], error["type"]) == ("image is required", "shell_api_error")
    two = endpoint.ask("Hills", model="flux-kontext-pro", input_image="AAAA", input_image_2="AAAA")
    assert two.json()["error"]["code"] == "array_above_max_length"


def test_references_can_be_lost_on_the_way(endpoint: Simulator) -> None:
    answer = edit(endpoint, file(picture(RED)), prompt="A cat [[drop-references]]")
    assert share_of(first(answer), RED) < 0.1


def test_a_variation_needs_no_prompt_and_only_dall_e_2_makes_them(
    endpoint: Simulator, gateway: Simulator
) -> None:
    def vary(model: str, name: str = "a.png") -> httpx.Response:
        return endpoint.send(
            "images/variations",
            data={"model": model, "n": "2", "size": "256x256", "response_format": "b64_json"},
            files=[file(picture(RED), "image", name=name)],
            call_id="varied",
        )

    answer = vary("dall-e-2")
    assert len({item["b64_json"] for item in answer.json()["data"]}) == 2
    assert first(answer).size == (256, 256)
    assert (endpoint.row("varied")["operation"], endpoint.row("varied")["prompt"]) == ("variations", None)
    refused = vary("gpt-image-1").json()["error"]
    assert refused["message"] == "Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'."
    assert vary("dall-e-2", name="a [[status:503]].png").status_code == 503
    assert gateway.send("images/variations", json={}).status_code == 501
    assert endpoint.send("images/variations", json={}).json()["error"]["code"] == "unsupported_content_type"


def test_the_gateway_goes_by_file_names_and_numbers_its_fields(gateway: Simulator) -> None:
    good = file(picture(), "image[0]", kind="application/octet-stream")
    assert edit(gateway, good, key="sk-good").status_code == 200
    gif = edit(gateway, file(picture(), name="a.gif"), key="sk-good")
    assert gif.json()["error"]["code"] == "unsupported_file_mimetype"
    nothing = edit(gateway, key="sk-good")
    assert (nothing.status_code, nothing.json()["error"]["code"]) == (500, "invalid_request")
    moderated = edit(gateway, file(picture()), key="sk-good", moderation="low")
    assert moderated.json()["error"]["code"] == "unknown_parameter"
