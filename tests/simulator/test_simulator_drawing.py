"""The drawings, without a server."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from PIL import Image

from simulator.bodies import Sent
from simulator.catalogue import MODELS
from simulator.drawing import caption
from simulator.drawing.palettes import PALETTES
from simulator.drawing.picture import EVERY_SCENE, Picture, Scene, paint
from simulator.drawing.scenes.brief import Brief
from simulator.latency import seconds_of
from simulator.options import Shape
from simulator.requests import read_request

NIGHT = next(palette for palette in PALETTES if palette.is_night)
DAY = next(palette for palette in PALETTES if not palette.is_night)


@pytest.mark.parametrize("scene", EVERY_SCENE, ids=lambda scene: scene.__name__)
def test_every_scene_fits_every_shape_by_day_and_by_night(scene: Scene) -> None:
    for width, height, palette in ((360, 120, DAY), (120, 360, NIGHT), (200, 200, DAY)):
        image = scene(Brief("A thing", width, height, palette, Random(1))).image
        assert image.size == (width, height)
        assert len(image.getcolors(200_000) or []) > 20


def test_equal_pictures_are_equal_to_the_pixel() -> None:
    picture = Picture("海上日出", "海上日出", 320, 200)
    assert paint(picture).tobytes() == paint(picture).tobytes()


def test_words_choose_the_scene() -> None:
    def look(prompt: str) -> bytes:
        return paint(Picture(prompt, "", 96, 96)).tobytes()

    assert look("a cat by the sea") != look("the sea, with a cat")


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("A quiet mountain valley at dawn, soft light", "A quiet mountain valley at dawn"),
        ("海上日出，渔船归来", "海上日出"),
        ("A cat. It sleeps.", "A cat"),
        (
            "One of the longest prompts that anybody has ever written here",
            "One of the longest prompts that anybody",
        ),
    ],
)
def test_a_caption_is_the_beginning_of_the_prompt(prompt: str, words: str) -> None:
    assert caption.first_words(prompt) == words


def test_a_caption_that_no_font_can_show_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caption, "_cjk_font", lambda size: None)
    image = Image.new("RGB", (400, 400), "white")
    caption.set_caption(image, "海上日出", DAY)
    assert image.getcolors() == [(160_000, (255, 255, 255))]
    caption.set_caption(image, "Sunrise", DAY)
    assert len(image.getcolors(1000) or []) > 1


def test_every_caption_font_is_looked_for_by_name_only() -> None:
    assert all(Path(name).name == name for name, _ in caption.CJK_FONTS)


@pytest.mark.parametrize("model", [model.id for model in MODELS if model.family], ids=str)
def test_every_model_takes_from_two_to_twelve_seconds(model: str) -> None:
    asked = read_request(Sent({"model": model, "prompt": "A fox"}), Shape.OPENAI)
    assert 2 <= seconds_of(asked, None) <= 12
    assert seconds_of(asked, 0.0) == 0
