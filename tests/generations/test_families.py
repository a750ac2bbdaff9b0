"""The catalogue of models is consistent, every name has a family, and sizes of one's own obey their rule."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations.images_api import Breach, Family, FreeSize, family_of
from generations.images_api.families import families
from generations.parameter_words import notes_on
from generations.size_choice import size_error

PARAMETERS = ("size", "aspect_ratio", "quality", "style", "background", "output_format", "moderation")
RULES = [family.free_size for family in families() if family.free_size]

each_family = pytest.mark.parametrize("family", families(), ids=lambda family: family.name)


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gpt-image-1", "gpt-image-1"),
        ("gpt-image-1-mini", "gpt-image-1-mini"),
        ("gpt-image-1.5-2025-12-16", "gpt-image-1.5"),
        ("chatgpt-image-latest", "chatgpt-image"),
        ("gpt-image-2", "gpt-image-2"),
        ("gpt-image-2-2026-04-21", "gpt-image-2"),
        ("gpt-image-2.5-flare", "gpt-image-2.5"),
        ("gpt-image-2.5-sunburst-2026-09-08", "gpt-image-2.5"),
        ("gpt-image-2.6-sunburst", "gpt-image-2.6"),
        ("gpt-image-2.6-all", "chat-page"),
        ("gpt-4o-image-vip", "chat-page"),
        ("sora_image", "sora-image"),
        ("DALL-E-3", "dall-e-3"),
        ("dall-e-2", "dall-e-2"),
        ("flux-kontext-max", "flux-kontext"),
        ("flux-2-pro", "flux-2"),
        ("black-forest-labs/flux-1.1-pro", "flux"),
        ("flux-dev", "flux"),
        ("stable-diffusion-3.5-large", "stable-diffusion"),
        ("ideogram-v3", "ideogram"),
        ("recraftv3", "recraft"),
        ("recraftv4_pro", "recraft-v4"),
        ("grok-imagine-image-2.0", "grok-imagine"),
        ("grok-imagine-image-quality", "grok-imagine-quality"),
        ("google/imagen-4.0-ultra", "imagen"),
        ("gemini-3-pro-image-preview", "gemini-image"),
        ("midjourney", "midjourney"),
        ("mj_imagine", "midjourney"),
        ("a-model-of-tomorrow", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_models_name_tells_its_family(model: str, family: str) -> None:
    assert family_of(model).name == family


@each_family
def test_every_family_is_whole(family: Family) -> None:
    assert family.label
    assert family.prompt_limit >= 1000
    assert 1 <= family.n_max <= 10
    assert family.deadline in (360, 600)
    assert family.response_format in ("", "b64_json")
    assert not family.retired or (date(2025, 1, 1) < family.retired < date(2030, 1, 1) and family.maker)
    assert notes_on(family) or not (family.retired or family.note)
    for parameter in PARAMETERS:
        values = family.allowed(parameter)
        assert len(values) == len(set(values))
        assert "auto" not in values


@each_family
def test_sizes_and_shapes_can_be_read_and_exclude_each_other(family: Family) -> None:
    assert all(re.fullmatch(r"[1-9]\d+x[1-9]\d+", size) for size in family.sizes)
    assert all(re.fullmatch(r"[\d.]+:[\d.]+", shape) for shape in family.aspect_ratio)
    assert not (family.sizes and family.aspect_ratio)


@each_family
def test_a_familys_sizes_obey_its_own_rule(family: Family) -> None:
    if family.free_size:
        sizes = [tuple(map(int, size.split("x"))) for size in family.sizes]
        assert [family.free_size.breach(*size) for size in sizes] == [None] * len(sizes)


@each_family
def test_transparency_has_one_way(family: Family) -> None:
    assert ("transparent" in family.background) == (family.transparent != "none")
    assert family.transparent in ("parameter", "words", "none")


@each_family
def test_compression_needs_a_format_that_has_it(family: Family) -> None:
    assert not family.compression or {"jpeg", "webp"} <= set(family.output_format)


@each_family
def test_every_pattern_finds_its_own_family(family: Family) -> None:
    for pattern in family.patterns:
        assert pattern == pattern.lower()
        assert family_of(pattern.replace("*", "")) == family or "*" in pattern[:-1]
        assert family_of(pattern.replace("*", "-1-")) == family


def test_no_pattern_is_there_twice() -> None:
    patterns = [pattern for family in families() for pattern in family.patterns]
    assert len(patterns) == len(set(patterns))


def test_only_the_unknown_family_fits_every_name_and_is_sent_the_least() -> None:
    unknown = [family for family in families() if "*" in family.patterns]
    assert [family.name for family in unknown] == ["unknown"]
    assert [name for name in PARAMETERS if unknown[0].allowed(name)] == ["size"]


def test_some_families_take_sizes_of_ones_own() -> None:
    names = [family.name for family in families() if family.free_size]
    assert sorted(names) == ["gpt-image-2", "gpt-image-2.5", "gpt-image-2.6"]


@pytest.mark.parametrize(
    ("size", "breach"),
    [
        ((1000, 1000), Breach.MULTIPLE),
        ((0, 0), Breach.MULTIPLE),
        ((3856, 2160), Breach.EDGE),
        ((3840, 1264), Breach.SHAPE),
        ((3840, 1280), None),
        ((800, 800), Breach.PIXELS),
        ((3840, 2176), Breach.PIXELS),
        ((3840, 2160), None),
        ((2160, 3840), None),
        ((1024, 640), None),
    ],
)
def test_the_rule_names_what_is_wrong(size: tuple[int, int], breach: Breach | None) -> None:
    assert [rule.breach(*size) for rule in RULES] == [breach] * len(RULES)


edges = st.integers(min_value=-16, max_value=100_000)


@given(width=edges, height=edges, rule=st.sampled_from(RULES))
def test_the_nearest_size_is_always_one_that_works(width: int, height: int, rule: FreeSize) -> None:
    assert rule.breach(*rule.nearest(width, height)) is None


@given(width=st.integers(1, 260), height=st.integers(1, 260), rule=st.sampled_from(RULES))
def test_what_the_rule_accepts_is_within_every_limit(width: int, height: int, rule: FreeSize) -> None:
    size = wide, high = width * 16, height * 16
    accepted = rule.breach(wide, high) is None

    assert accepted == (
        max(size) <= 3840 and 655_360 <= wide * high <= 8_294_400 and wide <= 3 * high and high <= 3 * wide
    )
    assert not accepted or rule.nearest(wide, high) == size


def test_a_size_that_does_not_work_is_told_with_one_that_does() -> None:
    assert size_error(RULES[0], 1000, 1000) == (
        "1000 × 1000 is not possible: both edges must be multiples of 16. 1008 × 1008 works."
    )
    assert size_error(RULES[0], 512, 512) == (
        "512 × 512 is not possible: it must have 655,360 to 8,294,400 pixels. 816 × 816 works."
    )
    assert size_error(RULES[0], 1008, 1008) == ""
