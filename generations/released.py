"""One more run of what was refused, as a reviewer has released it: moderated less, or by another model."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from generations.images_api import Family
from generations.models import Decision, Endpoint, EndpointModel, Generation, Operation, Source, Verdict
from generations.moderation.releases import token_of
from generations.offers import label_of, models_on_offer
from generations.submission import Order, order_of, submit

LOW = "moderation=low"
_MODEL = "model="
_FITTED = (
    "size",
    "aspect_ratio",
    "quality",
    "style",
    "background",
    "moderation",
    "output_format",
    "input_fidelity",
)


def releases_for(generation: Generation) -> list[tuple[str, str]]:
    """Return what one more run may differ in, as value and words for a choice."""
    choices = []
    if generation.moderation != "low" and "low" in _family_of(generation).allowed("moderation"):
        choices.append((LOW, _("with low moderation")))
    for value, offer in models_on_offer().items():
        is_same = offer.name == generation.model and offer.endpoint_id == generation.endpoint_id
        if not is_same and _can(offer.family, generation):
            choices.append((f"{_MODEL}{value}", _("by %(model)s") % {"model": label_of(value, offer)}))
    return choices


def facts_of(choice: str) -> Mapping[str, Any]:
    """Return what the record keeps of a choice of releases_for(); KeyError where its model is gone."""
    if choice == LOW:
        return {"moderation": "low"}
    offer = models_on_offer()[choice.removeprefix(_MODEL)]
    return {"model": offer.name, "endpoint": offer.endpoint_id}


def release_of(generation: Generation) -> Verdict | None:
    """Return the release that stands and has not been used; none of what is forgotten."""
    if generation.forgotten_at is not None:
        return None
    standing = Verdict.objects.filter(
        case__generation=generation, decision=Decision.RELEASE, undone_by__isnull=True
    )
    return next((one for one in standing.order_by("-pk") if not _is_used(one, generation)), None)


def in_words(release: Verdict) -> str:
    """Say in what the one more run differs."""
    facts = release.after.get("release", {})
    if "model" in facts:
        return _("by %(model)s") % {"model": facts["model"]}
    return _("with low moderation")


def run(release: Verdict, generation: Generation) -> Generation:
    """Ask once more as released; pressed twice it is asked once.

    Raises:
        LookupError: the model or its endpoint is not in use any more.
        ReferenceGone: as submit() has it.
    """
    facts = release.after.get("release", {})
    order = replace(order_of(generation), source=Source.RETRY, is_released=True)
    if "model" in facts:
        on_offer = EndpointModel.objects.on_offer().filter(name=facts["model"], endpoint=facts["endpoint"])
        offer = on_offer.first()
        if offer is None:
            raise LookupError
        order = _fitted(replace(order, endpoint=offer.endpoint, model=offer.name), offer.family)
    elif not Endpoint.objects.filter(pk=generation.endpoint_id, is_active=True).exists():
        raise LookupError
    else:
        order = replace(order, moderation="low")
    return submit(
        order, member=generation.member, token=token_of(release, generation.pk), retry_of=generation
    )


def _fitted(order: Order, family: Family) -> Order:
    """Leave to the endpoint what the other model does not know."""
    changes: dict[str, Any] = {}
    for name in _FITTED:
        value = getattr(order, name)
        is_own_size = name == "size" and family.free_size is not None
        if value and value not in family.allowed(name) and not is_own_size:
            changes[name] = ""
    if not family.compression:
        changes["output_compression"] = None
    return replace(order, **changes)


def _can(family: Family, generation: Generation) -> bool:
    """Whether a model can be asked for the same kind of thing at all."""
    if generation.operation == Operation.EDITS:
        return family.edits is not None
    if generation.operation == Operation.VARIATIONS:
        return family.variations
    return len(generation.prompt) <= family.prompt_limit


def _family_of(generation: Generation) -> Family:
    return generation.endpoint.family_of(generation.model)


def _is_used(release: Verdict, generation: Generation) -> bool:
    token = token_of(release, generation.pk)
    return Generation.objects.filter(member=generation.member_id, submit_token=token).exists()
