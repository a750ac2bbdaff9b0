"""How each shape describes a model in its list."""

from __future__ import annotations

from simulator.catalogue import Model
from simulator.errors import JsonValue
from simulator.options import Shape

# The gateway says the same creation time for every model.
GATEWAY_CREATED = 1626777600


def model_body(model: Model, shape: Shape) -> dict[str, JsonValue]:
    if shape is Shape.OPENAI:
        shutdown = {"shutdown_date": model.shutdown} if model.shutdown else {}
        return {
            "id": model.id,
            "object": "model",
            "created": model.created,
            "owned_by": model.owner,
            **shutdown,
        }
    kinds: list[JsonValue] = ["image-generation", "openai"] if model.family else ["openai"]
    owner = "openai" if model.owner == "system" else "custom"
    return {
        "id": model.id,
        "object": "model",
        "created": GATEWAY_CREATED,
        "owned_by": owner,
        "supported_endpoint_types": kinds,
    }
