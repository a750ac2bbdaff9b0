"""The models that a member can choose now, as the form names them."""

from generations.models import EndpointModel


def models_on_offer() -> dict[str, EndpointModel]:
    """Return the models by form value: the name, or name@endpoint for the second that sells it."""
    offers: dict[str, EndpointModel] = {}
    for offer in EndpointModel.objects.on_offer():
        value = offer.name if offer.name not in offers else f"{offer.name}@{offer.endpoint_id}"
        offers[value] = offer
    return offers


def label_of(value: str, offer: EndpointModel) -> str:
    """Return what a model is called in the form, with its endpoint where the name alone says too little."""
    return str(offer) if value == offer.name else f"{offer} · {offer.endpoint}"


def editing_offer(preferred: str) -> str:
    """Return the form value of a model that takes references: the preferred one, else the first; or ""."""
    editing = {value: offer for value, offer in models_on_offer().items() if offer.family.edits}
    return preferred if preferred in editing else next(iter(editing), "")


def masking_offer(preferred: str) -> str:
    """Return the form value of a model that takes a mask: the preferred one, else the first; or ""."""
    masking = {
        value: offer
        for value, offer in models_on_offer().items()
        if offer.family.edits and offer.family.edits.mask
    }
    return preferred if preferred in masking else next(iter(masking), "")


def varying_offer() -> str:
    """Return the form value of the first model that makes variations, or ""."""
    return next((value for value, offer in models_on_offer().items() if offer.family.variations), "")
