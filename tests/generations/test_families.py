"""The catalogue of models is consistent, and every name has a family."""

import re

import pytest

from generations.images_api import Family, family_of
from generations.images_api.families import families

PARAMETERS = ("size", "quality", "background", "output_format", "moderation")


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gpt-image-1", "gpt-image-1"),
        ("gpt-image-1-mini", "gpt-image-1"),
        ("gpt-image-1.5-2025-12-16", "gpt-image-1"),
        ("chatgpt-image-latest", "gpt-image-1"),
        ("gpt-image-2", "gpt-image-2"),
        ("gpt-image-2-2026-04-21", "gpt-image-2"),
        ("gpt-image-2.5-flare", "gpt-image-2.5"),
        ("gpt-image-2.6-sunburst", "gpt-image-2"),
        ("sora_image", "sora-image"),
        ("DALL-E-3", "dall-e-3"),
        ("flux-kontext-max", "flux-kontext"),
        ("a-model-of-tomorrow", "unknown"),
    ],
)
def test_a_models_name_tells_its_family(model: str, family: str) -> None:
    assert family_of(model).name == family


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_every_family_is_whole(family: Family) -> None:
    assert family.prompt_limit >= 1000
    assert 1 <= family.n_max <= 10
    assert family.sizes
    for size in family.sizes:
        assert re.fullmatch(r"[1-9]\d+x[1-9]\d+", size)
    for parameter in PARAMETERS:
        values = family.allowed(parameter)
        assert len(values) == len(set(values))


def test_only_the_last_family_fits_every_name() -> None:
    assert [family.name for family in families() if "*" in family.patterns] == [families()[-1].name]


def test_nothing_offers_an_explicit_automatic_size() -> None:
    assert not any("auto" in family.sizes for family in families())
