"""The models on offer, as data: what each family takes, how it answers, and how long it needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType


class Form(StrEnum):
    """How an image travels in the answer."""

    B64 = "b64_json"
    URL = "url"
    BARE = "bare"


class Way(StrEnum):
    """How pictures travel in a request: three ways to /images/edits, two to /images/generations."""

    MULTIPART = "multipart"
    IMAGES = "images"
    IMAGE_URL = "image, on edits"
    INPUT_IMAGE = "input_image"
    IMAGE_FIELD = "image, on generations"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a family takes as references."""

    ways: frozenset[Way]
    at_most: int = 16
    # Bytes of one file.
    bytes_max: int = 50 * 1024 * 1024
    formats: tuple[str, ...] = ("png", "jpeg", "webp")
    square: bool = False
    mask: bool = False
    # Of the multipart way: only the field `image`, and only one file in it.
    single_field: bool = False
    fidelities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    prompt_limit: int
    # The sizes on the list; a family with `free_sizes` takes any that obey the rules in sizes.py.
    sizes: tuple[str, ...]
    qualities: tuple[str, ...]
    default_quality: str
    parameters: frozenset[str]
    form: Form
    # Seconds a square image takes at each quality, already shortened for demonstrations.
    seconds: MappingProxyType[str, float]
    free_sizes: bool = False
    n_limit: int = 10
    formats: tuple[str, ...] = ("png",)
    transparent: bool = False
    # Grid numbers of the token formula; the older models have a table instead (usage.py).
    grid: MappingProxyType[str, int] | None = None
    counts_tokens: bool = False
    speaks_dall_e: bool = False
    inputs: Inputs | None = None
    varies: bool = False

    @property
    def streams(self) -> bool:
        return "stream" in self.parameters


@dataclass(frozen=True, slots=True)
class Model:
    id: str
    owner: str
    created: int
    # None for a model that makes no images: a real list has those too.
    family: Family | None
    shutdown: str | None = None


def find(model_id: str) -> Model | None:
    return _BY_ID.get(model_id)


_ALWAYS = frozenset({"model", "prompt", "n", "size", "user"})
_GPT = _ALWAYS | {
    "quality",
    "background",
    "moderation",
    "output_format",
    "output_compression",
    "safety_identifier",
    "stream",
    "partial_images",
}
_FLUX = _ALWAYS | {
    "quality",
    "background",
    "aspect_ratio",
    "seed",
    "safety_tolerance",
    "output_format",
    "prompt_upsampling",
}
_SQUARE = "1024x1024"
_THREE = (_SQUARE, "1024x1536", "1536x1024")
_SEVEN = (*_THREE, "768x1344", "1344x768", "896x1152", "1152x896")
_BOTH_FORMS = frozenset({Way.MULTIPART, Way.IMAGES})


def _seconds(**by_quality: float) -> MappingProxyType[str, float]:
    return MappingProxyType(by_quality)


def _gpt(
    name: str,
    *,
    seconds: MappingProxyType[str, float],
    grid: dict[str, int] | None = None,
    transparent: bool = True,
    more: frozenset[str] = frozenset(),
    fidelities: tuple[str, ...] = (),
) -> Family:
    qualities = tuple(grid) if grid else ("low", "medium", "high")
    return Family(
        name=name,
        prompt_limit=32_000,
        sizes=_THREE,
        qualities=("auto", *qualities),
        default_quality="medium",
        parameters=_GPT | more,
        form=Form.B64,
        seconds=seconds,
        free_sizes=grid is not None,
        formats=("png", "jpeg", "webp"),
        transparent=transparent,
        grid=MappingProxyType(grid) if grid else None,
        counts_tokens=True,
        inputs=Inputs(_BOTH_FORMS, mask=True, fidelities=fidelities),
    )


_THREE_STEPS = {"low": 16, "medium": 48, "high": 96}
_FIVE_STEPS = {"low": 16, "medium": 24, "high": 48, "xhigh": 64, "max": 96}

GPT_1 = _gpt("gpt-image-1", seconds=_seconds(low=2.5, medium=4.5, high=8.0), fidelities=("low", "high"))
GPT_1_MINI = _gpt("gpt-image-1-mini", seconds=_seconds(low=2.0, medium=3.0, high=5.0), fidelities=("low",))
GPT_2 = _gpt(
    "gpt-image-2", seconds=_seconds(low=2.5, medium=5.0, high=9.0), grid=_THREE_STEPS, transparent=False
)
SUNBURST = _gpt(
    "gpt-image-2.5-sunburst",
    seconds=_seconds(low=2.5, medium=3.5, high=5.0, xhigh=7.0, max=9.0),
    grid=_FIVE_STEPS,
    more=frozenset({"complexity"}),
)
FLARE = _gpt(
    "gpt-image-2.5-flare",
    seconds=_seconds(low=2.0, medium=2.5, high=3.5, xhigh=5.0, max=6.5),
    grid=_FIVE_STEPS,
    more=frozenset({"complexity"}),
)
DALL_E_2 = Family(
    name="dall-e-2",
    prompt_limit=1000,
    sizes=("256x256", "512x512", _SQUARE),
    qualities=("standard",),
    default_quality="standard",
    parameters=_ALWAYS | {"quality", "response_format"},
    form=Form.URL,
    seconds=_seconds(standard=2.5),
    speaks_dall_e=True,
    inputs=Inputs(
        frozenset({Way.MULTIPART}),
        at_most=1,
        bytes_max=4 * 1024 * 1024,
        formats=("png",),
        square=True,
        mask=True,
        single_field=True,
    ),
    varies=True,
)
DALL_E_3 = Family(
    name="dall-e-3",
    prompt_limit=4000,
    sizes=(_SQUARE, "1792x1024", "1024x1792"),
    qualities=("standard", "hd"),
    default_quality="standard",
    parameters=_ALWAYS | {"quality", "response_format", "style"},
    form=Form.URL,
    seconds=_seconds(standard=3.5, hd=5.5),
    n_limit=1,
    speaks_dall_e=True,
)
SORA = Family(
    name="sora_image",
    prompt_limit=32_000,
    sizes=_THREE,
    qualities=("auto", "low", "medium", "high"),
    default_quality="medium",
    parameters=_ALWAYS | {"quality", "background"},
    form=Form.BARE,
    seconds=_seconds(low=5.0, medium=6.0, high=7.0),
    transparent=True,
)
FLUX = Family(
    name="flux-kontext",
    prompt_limit=10_000,
    sizes=_SEVEN,
    qualities=("standard",),
    default_quality="standard",
    parameters=_FLUX,
    form=Form.URL,
    seconds=_seconds(standard=3.0),
    formats=("jpeg", "png"),
    inputs=Inputs(
        frozenset({Way.INPUT_IMAGE, Way.MULTIPART}), at_most=1, bytes_max=20_000_000, single_field=True
    ),
)
FLUX_2 = replace(
    FLUX,
    name="flux-2",
    inputs=Inputs(
        frozenset({Way.INPUT_IMAGE, Way.MULTIPART}), at_most=8, bytes_max=20_000_000, single_field=True
    ),
)
GROK = Family(
    name="grok-imagine",
    prompt_limit=32_000,
    sizes=_SEVEN,
    qualities=("low", "medium", "high"),
    default_quality="medium",
    parameters=(_ALWAYS - {"size"}) | {"quality", "aspect_ratio", "resolution", "response_format"},
    form=Form.URL,
    seconds=_seconds(low=2.0, medium=3.0, high=4.5),
    formats=("jpeg",),
    inputs=Inputs(frozenset({Way.IMAGE_URL}), at_most=1, bytes_max=20_000_000),
)
SEEDREAM = Family(
    name="seedream",
    prompt_limit=10_000,
    sizes=(*_SEVEN, "2048x2048", "2304x1728", "1728x2304", "2560x1440", "1440x2560"),
    qualities=("standard",),
    default_quality="standard",
    parameters=_ALWAYS | {"seed", "response_format", "watermark", "output_format"},
    form=Form.URL,
    seconds=_seconds(standard=4.0),
    formats=("jpeg", "png"),
    inputs=Inputs(frozenset({Way.IMAGE_FIELD}), at_most=10, bytes_max=10_000_000),
)

MODELS: tuple[Model, ...] = (
    Model("gpt-image-2", "system", 1776729600, GPT_2),
    Model("gpt-image-2-2026-04-21", "system", 1776729600, GPT_2),
    Model("gpt-image-2.5-sunburst", "system", 1788825600, SUNBURST),
    Model("gpt-image-2.5-flare", "system", 1788825600, FLARE),
    Model("gpt-image-2.6-sunburst", "system", 1793750400, SUNBURST),
    Model("gpt-image-2.6-flare", "system", 1793750400, FLARE),
    Model("gpt-image-1", "system", 1745517030, GPT_1, shutdown="2026-10-23"),
    Model("gpt-image-1-mini", "system", 1758845821, GPT_1_MINI, shutdown="2026-12-01"),
    Model("gpt-image-1.5", "system", 1764030620, GPT_1, shutdown="2026-12-01"),
    Model("chatgpt-image-latest", "system", 1765925279, GPT_1, shutdown="2026-12-01"),
    Model("dall-e-3", "system", 1698785189, DALL_E_3, shutdown="2026-05-12"),
    Model("dall-e-2", "system", 1698798177, DALL_E_2, shutdown="2026-05-12"),
    Model("sora_image", "custom", 1745517030, SORA),
    Model("flux-kontext-pro", "custom", 1748476800, FLUX),
    Model("flux-kontext-max", "custom", 1748476800, FLUX),
    Model("flux-2-pro", "custom", 1764000000, FLUX_2),
    Model("grok-imagine-image", "custom", 1769500000, GROK),
    Model("seedream-4-0", "custom", 1757400000, SEEDREAM),
    Model("omni-moderation-latest", "system", 1731689265, None),
    Model("gpt-4o-mini", "system", 1721172741, None),
)

_BY_ID = {model.id: model for model in MODELS}
