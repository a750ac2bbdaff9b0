"""The endpoint that the environment names, kept as a row like every other."""

from collections.abc import Sequence

from django.db import transaction

from generations.models import Endpoint, EndpointModel
from generations.pricing import price_nothing

DEFAULT_KEY_VARIABLE = "IMAGES_API_KEY"
# What aggregators sell most, the best of them first; IMAGES_MODELS or the admin says otherwise.
USUAL_MODELS = (
    "gpt-image-2",
    "gpt-image-2.5-sunburst",
    "gpt-image-2.5-flare",
    "gpt-image-1",
    "sora_image",
    "flux-kontext-pro",
)
SIMULATED_MODELS = (*USUAL_MODELS, "dall-e-3")


@transaction.atomic
def put_endpoint(*, base_url: str, is_simulator: bool, models: Sequence[str]) -> Endpoint:
    """Make or update the environment's endpoint; models already there stay as administrators left them.

    A studio that gets a key stops offering the simulator, and the other way round; generations keep naming
    the endpoint that made them. One that an administrator switched off stays off, unless it takes over.
    """
    others = Endpoint.objects.filter(from_environment=True).exclude(is_simulator=is_simulator)
    takes_over = bool(others.filter(is_active=True).update(is_active=False))
    endpoint, made = Endpoint.objects.update_or_create(
        from_environment=True,
        is_simulator=is_simulator,
        defaults={"base_url": base_url, **({"is_active": True} if takes_over else {})},
        create_defaults={
            "name": "Simulator" if is_simulator else "Default",
            "base_url": base_url,
            "key_variable": DEFAULT_KEY_VARIABLE,
            "is_active": True,
        },
    )
    wanted = models or (SIMULATED_MODELS if is_simulator else USUAL_MODELS)
    known = set(endpoint.models.values_list("name", flat=True))
    if made or models:
        EndpointModel.objects.bulk_create(
            EndpointModel(endpoint=endpoint, name=name, position=position)
            for position, name in enumerate(wanted)
            if name not in known
        )
    if is_simulator:
        price_nothing(endpoint.models.all())
    return endpoint
