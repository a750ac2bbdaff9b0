"""Asks an endpoint which models it sells, which costs nothing, or says why it does not tell."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from generations.images_api.cleaning import clean
from generations.images_api.errors import Unreadable
from generations.images_api.families import family_of
from generations.images_api.json_call import ask
from generations.images_api.reasons import Reason
from generations.images_api.requests import Connection

_LARGEST = 5_000_000  # bytes; a gateway with a thousand models sends a fifth of it
_NAME_LIMIT = 120  # characters of a model's name
_IMAGE_WORDS = ("flux", "seedream", "imagen", "ideogram", "recraft", "midjourney", "nano-banana", "image")
_NO_IMAGES = frozenset({"embeddings", "jina-rerank", "openai-video"})


@dataclass(frozen=True, slots=True)
class ListedModel:
    """One model as the endpoint lists it."""

    name: str
    endpoint_types: tuple[str, ...] = ()  # what gateways say that it serves; empty when they do not say
    shutdown_date: date | None = None

    @property
    def makes_images(self) -> bool:
        """By the endpoint's own word, or by the name: gateways forget to say it of new models."""
        if "image-generation" in self.endpoint_types:
            return True
        if self.endpoint_types and _NO_IMAGES.issuperset(self.endpoint_types):
            return False
        known = family_of(self.name).name != "unknown"
        return known or any(word in self.name.lower() for word in _IMAGE_WORDS)

    @property
    def ends_on(self) -> date | None:
        """The day on which its maker retires it or did; gateways may keep a name alive with another model."""
        return self.shutdown_date or family_of(self.name).retired


def list_models(connection: Connection, *, deadline: float = 10.0) -> tuple[ListedModel, ...]:
    """Ask for the list of models; raises NotSent, Unanswered, Rejected or Unreadable."""
    answer = ask("GET", connection.models_url, connection, deadline=deadline, largest=_LARGEST)
    data = answer.parsed.get("data") if isinstance(answer.parsed, dict) else None
    if not isinstance(data, list):
        raise Unreadable.because(Reason.NOT_A_MODELS_LIST, answer.said)
    # An id twice is one model: gateways list a model once for each channel.
    return tuple({model.name: model for model in _models(data, secret=connection.api_key)}.values())


def _models(data: list[Any], *, secret: str) -> Iterator[ListedModel]:
    for item in data:
        name = item.get("id") if isinstance(item, dict) else None
        # A name that has to be cleaned or cut is none that could be asked for.
        if not isinstance(name, str) or not name or name != clean(name, secret=secret, limit=_NAME_LIMIT):
            continue
        types = item.get("supported_endpoint_types")
        yield ListedModel(
            name=name,
            endpoint_types=tuple(kind for kind in types if isinstance(kind, str))
            if isinstance(types, list)
            else (),
            shutdown_date=_date(item.get("shutdown_date")),
        )


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
