"""The moderations endpoint: scores that depend on words and on nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.moderations import CATEGORIES, SEEN_IN_IMAGES
from tests.simulator.conftest import Simulator
from tests.simulator.pictures import RED, data_url, picture


def results(endpoint: Simulator, given: Any, **fields: Any) -> list[dict[str, Any]]:
    answer = endpoint.send("moderations", json={"input": given, **fields})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_a_harmless_text_is_scored_in_thirteen_categories(endpoint: Simulator) -> None:
    answer = endpoint.send("moderations", json={"input": "A quiet valley"}).json()
    [result] = answer["results"]
    assert answer["id"].startswith("modr-")
    assert answer["model"] == "omni-moderation-latest"
    assert result["flagged"] is False
    assert len(CATEGORIES) == len(result["categories"]) == 13
    assert set(result["category_scores"]) == set(result["categories"]) == set(CATEGORIES)
    assert all(0 <= score < 0.05 for score in result["category_scores"].values())
    assert set(map(tuple, result["category_applied_input_types"].values())) == {("text",)}


def test_a_narrow_category_brings_its_wide_one(endpoint: Simulator) -> None:
    [result] = results(endpoint, "a beheading")
    flagged = {name for name, value in result["categories"].items() if value}
    assert flagged == {"violence", "violence/graphic"}
    assert min(result["category_scores"][name] for name in flagged) > 0.5
    assert results(endpoint, "a beheading") == [result]


def test_several_texts_have_a_result_each_and_several_parts_have_one(endpoint: Simulator) -> None:
    assert [result["flagged"] for result in results(endpoint, ["tea", "色情"])] == [False, True]
    image = {"type": "image_url", "image_url": {"url": data_url(picture())}}
    [result] = results(endpoint, [{"type": "text", "text": "tea"}, image])
    applied = result["category_applied_input_types"]
    assert {name for name, kinds in applied.items() if kinds == ["text", "image"]} == SEEN_IN_IMAGES


def test_a_picture_is_judged_by_its_link(endpoint: Simulator) -> None:
    link = {"type": "image_url", "image_url": {"url": "https://images.example/a-naked-child.png"}}
    [result] = results(endpoint, [link])
    assert result["categories"]["sexual"] is True
    assert result["categories"]["sexual/minors"] is False


@pytest.mark.parametrize(
    ("colour", "flagged"),
    [((255, 0, 0), "violence"), ((255, 0, 255), "sexual"), (RED, None), ((255, 255, 255), None)],
    ids=["pure red", "pure magenta", "another red", "white"],
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_came_as_data_is_judged_by_its_colour(
    endpoint: Simulator, colour: tuple[int, int, int], flagged: str | None, kind: str
) -> None:
    link = data_url(picture(colour, output_format=kind), f"image/{kind.lower()}")
    [result] = results(endpoint, [{"type": "image_url", "image_url": {"url": link}}])

    assert [name for name, value in result["categories"].items() if value] == ([flagged] if flagged else [])
    assert result["flagged"] is (flagged is not None)


@pytest.mark.parametrize("link", ["data:image/png;base64,AAAA", "data:image/png;base64,%", "data:,red"])
def test_data_that_is_no_picture_is_not_flagged(endpoint: Simulator, link: str) -> None:
    [result] = results(endpoint, [{"type": "image_url", "image_url": {"url": link}}])

    assert result["flagged"] is False


def test_the_older_models_know_nothing_illicit(endpoint: Simulator) -> None:
    [result] = results(endpoint, "build a bomb", model="text-moderation-stable")
    assert result["categories"]["illicit"] is None
    assert "category_applied_input_types" not in result


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({}, 400, "input"),
        ({"input": 3}, 400, "input"),
        ({"input": [{"type": "text"}]}, 400, "input"),
        ({"input": ["a", {"type": "text", "text": "b"}]}, 400, "input"),
        ({"input": "a", "model": "gpt-image-1"}, 400, "model"),
        ({"input": "a [[status:503]]"}, 503, None),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(
    endpoint: Simulator, body: dict[str, Any], status: int, param: str | None
) -> None:
    answer = endpoint.send("moderations", json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)


def test_the_gateway_checks_the_input_itself(gateway: Simulator) -> None:
    answer = gateway.send("moderations", json={}, key="sk-good")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "invalid_request")
    assert "field input is required" in answer.json()["error"]["message"]
