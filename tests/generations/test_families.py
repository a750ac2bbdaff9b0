"""The catalogue of models is consistent, every name has a family, and sizes of one's own obey their rule."""

import json
import re
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generations.images_api import ABILITIES, AbilityError, Breach, Edits, Family, FreeSize, family_of
from generations.images_api.families import families
from generations.parameter_words import notes_on
from generations.size_choice import size_error

PARAMETERS = (
    "size",
    "aspect_ratio",
    "quality",
    "style",
    "background",
    "output_format",
    "moderation",
    "input_fidelity",
)
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
        ("black-forest-labs/FLUX.2-klein-9b", "flux-2-klein"),
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
def test_edits_are_told_in_full(family: Family) -> None:
    edits = family.edits
    assert edits or not family.input_fidelity
    if edits:
        assert edits.form in ("multipart", "json", "input_image", "image_url", "image")
        assert (edits.form == "multipart") == bool(edits.field)
        assert 1 <= edits.references <= 16
        assert edits.references == 1 or not edits.square
        assert not edits.mask or edits.form in ("multipart", "json")
        assert set(edits.formats) <= {"png", "jpeg", "webp"}
        assert "png" in edits.formats
        assert 1_000_000 <= edits.bytes_max <= 50_000_000


@each_family
def test_partial_images_need_a_stream(family: Family) -> None:
    assert 0 <= family.partial_images <= 3
    assert family.streams or not family.partial_images


def named(names: str) -> list[str]:
    return sorted(names.split())


def test_families_edit_stream_and_vary_as_their_makers_say() -> None:
    by_name = {family.name: family for family in families()}
    gpt = named(
        "gpt-image-1 gpt-image-1-mini gpt-image-1.5 gpt-image-2 gpt-image-2.5 gpt-image-2.6 chatgpt-image"
    )
    forms = {name: family.edits.form for name, family in by_name.items() if family.edits}
    assert sorted(name for name, form in forms.items() if form == "multipart") == sorted([*gpt, "dall-e-2"])
    assert sorted(name for name, form in forms.items() if form == "input_image") == named(
        "flux-kontext flux-2 flux-2-klein"
    )
    assert sorted(name for name, form in forms.items() if form == "image_url") == named(
        "grok-imagine grok-imagine-quality"
    )
    assert sorted(name for name, family in by_name.items() if family.streams) == sorted(gpt)
    assert [name for name, family in by_name.items() if family.variations] == ["dall-e-2"]
    assert {name: family.input_fidelity for name, family in by_name.items() if family.input_fidelity} == {
        "gpt-image-1": ("low", "high"),
        "gpt-image-1.5": ("low", "high"),
        "gpt-image-1-mini": ("low",),
    }
    flux = {
        name: family.edits.references for name, family in by_name.items() if family.edits and "flux" in name
    }
    assert flux == {"flux-kontext": 1, "flux-2": 8, "flux-2-klein": 4}
    assert all(by_name[name].edits == by_name["gpt-image-2"].edits for name in gpt)
    assert by_name["dall-e-2"].edits == Edits("multipart", 1, True, "image", ("png",), 3_999_999, True)


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


# What an administrator may change.

each_ability = pytest.mark.parametrize("ability", ABILITIES)


def test_everything_may_be_changed_but_what_a_family_is() -> None:
    rest = {field.name for field in fields(Family)} - set(ABILITIES)
    assert rest == {"name", "label", "maker", "patterns"}


@given(
    one=st.sampled_from(families()),
    other=st.sampled_from(families()),
    names=st.sets(st.sampled_from(ABILITIES)),
)
def test_a_change_goes_through_json_and_changes_nothing_else(
    one: Family, other: Family, names: set[str]
) -> None:
    stored = json.loads(json.dumps({name: other.abilities()[name] for name in names}))
    changed = one.changed(stored)
    assert changed == replace(one, **{name: getattr(other, name) for name in names})
    assert {name: changed.abilities()[name] for name in names} == stored


@each_ability
@given(
    nonsense=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
        max_leaves=5,
    )
)
@settings(max_examples=25)
def test_what_is_accepted_can_be_stored_and_read_again(ability: str, nonsense: Any) -> None:
    unknown = family_of("a-model-of-tomorrow")
    try:
        changed = unknown.changed({ability: nonsense})
    except AbilityError as error:
        assert error.field.partition(".")[0] == ability
        assert error.reason in named("unknown missing type range value repeated many")
    else:
        assert unknown.changed(json.loads(json.dumps(changed.abilities()))) == changed
        assert hash(changed)


EDITS = {
    "form": "multipart",
    "references": 16,
    "mask": True,
    "field": "image[]",
    "formats": ["png"],
    "bytes_max": 5_000_000,
    "square": False,
}
RULE = {
    "multiple": 16,
    "widest": 3,
    "longest_edge": 3840,
    "fewest_pixels": 655_360,
    "most_pixels": 8_294_400,
    "experimental_above": 3_686_400,
}


@pytest.mark.parametrize(
    ("ability", "value", "field", "reason"),
    [
        ("name", "x", "name", "unknown"),
        ("patterns", ["*"], "patterns", "unknown"),
        ("", 1, "", "unknown"),
        ("n_max", "4", "n_max", "type"),
        ("n_max", True, "n_max", "type"),
        ("n_max", 1.0, "n_max", "type"),
        ("n_max", None, "n_max", "type"),
        ("n_max", 0, "n_max", "range"),
        ("n_max", 11, "n_max", "range"),
        ("prompt_limit", 0, "prompt_limit", "range"),
        ("deadline", float("nan"), "deadline", "range"),
        ("deadline", float("inf"), "deadline", "range"),
        ("deadline", 0, "deadline", "range"),
        ("deadline", "600", "deadline", "type"),
        ("compression", 1, "compression", "type"),
        ("streams", "yes", "streams", "type"),
        ("partial_images", 4, "partial_images", "range"),
        ("sizes", "1024x1024", "sizes", "type"),
        ("sizes", {"1024x1024": 1}, "sizes", "type"),
        ("sizes", [1024], "sizes", "type"),
        ("sizes", ["auto"], "sizes", "value"),
        ("sizes", ["1024X1024"], "sizes", "value"),
        ("sizes", ["0x1024"], "sizes", "value"),
        ("sizes", ["1024x1024\n"], "sizes", "value"),
        ("sizes", ["64x64", "64x64"], "sizes", "repeated"),
        ("sizes", [f"{edge}x64" for edge in range(1, 99)], "sizes", "many"),
        ("aspect_ratio", ["16x9"], "aspect_ratio", "value"),
        ("quality", ["auto"], "quality", "value"),
        ("quality", [""], "quality", "value"),
        ("quality", ["high\r\n"], "quality", "value"),
        ("style", ["a" * 21], "style", "value"),
        ("background", ["green"], "background", "value"),
        ("transparent", "maybe", "transparent", "value"),
        ("output_format", ["tiff"], "output_format", "value"),
        ("input_fidelity", ["medium"], "input_fidelity", "value"),
        ("response_format", "png", "response_format", "value"),
        ("response_format", None, "response_format", "type"),
        ("note", "anything", "note", "value"),
        ("retired", "soon", "retired", "value"),
        ("retired", "2026-02-30", "retired", "value"),
        ("retired", "20260228", "retired", "value"),
        ("retired", "2026-02-28T00:00:00", "retired", "value"),
        ("retired", 2026, "retired", "type"),
        ("retired", "", "retired", "value"),
        ("edits", [], "edits", "type"),
        ("edits", {}, "edits.form", "missing"),
        ("edits", {**EDITS, "more": 1}, "edits.more", "unknown"),
        ("edits", {**EDITS, "references": 17}, "edits.references", "range"),
        ("edits", {**EDITS, "references": "16"}, "edits.references", "type"),
        ("edits", {**EDITS, "form": "ftp"}, "edits.form", "value"),
        ("edits", {**EDITS, "field": 'a"; filename="b'}, "edits.field", "value"),
        ("edits", {**EDITS, "field": "prompt"}, "edits.field", "value"),
        ("edits", {**EDITS, "field": ""}, "edits.field", "value"),
        ("edits", {**EDITS, "form": "image"}, "edits.field", "value"),
        ("edits", {**EDITS, "form": "image", "field": ""}, "edits.mask", "value"),
        ("edits", {**EDITS, "formats": ["svg"]}, "edits.formats", "value"),
        ("edits", {**EDITS, "formats": []}, "edits.formats", "value"),
        ("edits", {**EDITS, "bytes_max": 60_000_000}, "edits.bytes_max", "range"),
        ("free_size", False, "free_size", "type"),
        ("free_size", {**RULE, "widest": 0}, "free_size.widest", "range"),
        ("free_size", {**RULE, "multiple": 16.5}, "free_size.multiple", "type"),
        ("free_size", {**RULE, "multiple": 512, "longest_edge": 256}, "free_size.multiple", "range"),
        ("free_size", {**RULE, "fewest_pixels": 9_000_000}, "free_size.fewest_pixels", "range"),
    ],
)
def test_nonsense_is_refused_by_the_name_of_its_field(
    ability: str, value: object, field: str, reason: str
) -> None:
    with pytest.raises(AbilityError) as caught:
        family_of("gpt-image-2").changed({ability: value})
    assert (caught.value.field, caught.value.reason) == (field, reason)


def test_an_administrator_can_open_more_for_a_model_that_nobody_knows() -> None:
    opened = family_of("a-model-of-tomorrow").changed(
        {"edits": EDITS, "free_size": RULE, "retired": "2027-01-31", "streams": True, "partial_images": 2}
    )
    assert opened.edits == Edits("multipart", 16, True, "image[]", ("png",), 5_000_000, False)
    assert opened.free_size == FreeSize(**RULE)
    assert (opened.retired, opened.streams) == (date(2027, 1, 31), True)


def test_what_was_opened_can_be_closed_again() -> None:
    closed = family_of("gpt-image-2").changed(
        {"edits": None, "free_size": None, "retired": None, "sizes": []}
    )
    assert (closed.edits, closed.free_size, closed.retired, closed.sizes) == (None, None, None, ())
