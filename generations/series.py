"""One prompt asked several times, with one setting at several values: what belongs together, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.models import EndpointModel, Generation, Operation, Source
from generations.offers import label_of
from generations.parameter_words import choices_of
from generations.size_choice import takes_size
from generations.submission import Order, order_of, references_of, submit
from team.models import User

MOST = 8
_AUTO = ("", _("Auto"))
LABELS = {
    "model": _("Model"),
    "size": _("Size"),
    "aspect_ratio": _("Aspect ratio"),
    "quality": _("Quality"),
    "style": _("Style"),
    "background": _("Background"),
    "moderation": _("Moderation"),
    "output_format": _("Format"),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that can be varied, and the values that it may take."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...]


def settings_to_vary(source: Generation, offers: Mapping[str, EndpointModel]) -> list[Setting]:
    """Return what can be varied: the settings of its model with two values or more, and the model itself."""
    models = tuple((value, label_of(value, offer)) for value, offer in offers.items())
    found = [Setting("model", str(LABELS["model"]), models)]
    family = source.endpoint.family_of(source.model)
    for name, label in LABELS.items():
        if name == "model":
            continue
        choices = [
            (value, words) for value, words in choices_of(name, [family]) if value in family.allowed(name)
        ]
        if choices:
            found.append(Setting(name, str(label), ((_AUTO[0], str(_AUTO[1])), *choices)))
    return [setting for setting in found if len(setting.choices) > 1]


def start(
    source: Generation,
    *,
    setting: str,
    values: Sequence[str],
    offers: Mapping[str, EndpointModel],
    member: User,
    series: UUID,
) -> list[Generation]:
    """Ask once for each value, one image each. The same series asked twice is asked once.

    Raises:
        ReferenceGone: a picture that it is made from is gone; what was asked before it stays asked.
        MayNotAsk: as submit() has it.
    """
    whole = replace(order_of(source), n=1, source=Source.SERIES, series=series)
    return [
        submit(
            _varied(whole, setting, value, offers), member=member, token=uuid5(series, f"{setting} {value}")
        )
        for value in values
    ]


def _varied(order: Order, setting: str, value: str, offers: Mapping[str, EndpointModel]) -> Order:
    if setting != "model":
        asked: dict[str, Any] = {setting: value}
        return replace(order, **asked)
    offer = offers[value]
    return fitted(replace(order, endpoint=offer.endpoint, model=offer.name), offer)


def fitted(order: Order, offer: EndpointModel) -> Order:
    """Leave to the endpoint what another model has no such value for."""
    family = offer.family
    parameters: dict[str, Any] = {
        name: ""
        for name in (*LABELS, "input_fidelity")
        if name != "model" and getattr(order, name) not in ("", *family.allowed(name))
    }
    if "size" in parameters and takes_size(family, order.size):
        del parameters["size"]
    compression = order.output_compression if family.compression else None
    return replace(order, **parameters, output_compression=compression)


def unfit(source: Generation, offer: EndpointModel) -> str:
    """Return why a model cannot be asked for the same at all, in a sentence; "" when it can."""
    family = offer.family
    pictures = references_of(source)
    if source.operation == Operation.VARIATIONS and not family.variations:
        return gettext("%(model)s makes no variations.") % {"model": offer}
    if source.operation == Operation.EDITS and (
        family.edits is None or family.edits.references < len(pictures)
    ):
        return gettext("%(model)s does not take these reference images.") % {"model": offer}
    if len(family.sent_prompt(source.prompt, background=source.background)) > family.prompt_limit:
        return gettext("The prompt is too long for %(model)s.") % {"model": offer}
    return ""
