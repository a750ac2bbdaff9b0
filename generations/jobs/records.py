"""A generation, a collection and a saved prompt as an export says them: names that later versions keep."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import QueryDict

from generations.history.asked import Asked
from generations.jobs.rows import order_of, places_of
from generations.models import (
    Call,
    CaseKind,
    Collection,
    Endpoint,
    Generation,
    Image,
    ReferenceUse,
    Refusal,
    SavedPrompt,
    SavedSearch,
    Tag,
)
from generations.provenance import PARAMETERS

PLAIN = (
    "model",
    "operation",
    "prompt",
    "n",
    *PARAMETERS,
    "status",
    "outcome",
    "reason",
    "source",
)
CALL = (
    "position",
    "n",
    "status",
    "outcome",
    "reason",
    "http_status",
    "request_id",
    "endpoint_code",
    "endpoint_message",
    "usage",
    "effective_size",
    "effective_quality",
    "effective_background",
    "effective_output_format",
)
REFUSAL = (
    "stage",
    "reason",
    "categories",
    "code",
    "message",
    "request_id",
    "http_status",
    "asked",
    "withheld",
)


def generation_record(generation: Generation, files: dict[str, str]) -> dict[str, Any]:
    """Return everything about a generation; `files` gives the name in the archive for a storage key."""
    version = generation.prompt_version
    return {
        "id": str(generation.pk),
        **plain(generation, PLAIN),
        **moments_of(generation, ("created_at", "started_at", "finished_at")),
        "endpoint": generation.endpoint.name,
        "cost": money(generation.cost),
        "images_count": generation.images_count,  # with those that were deleted since
        "retry_of": str(generation.retry_of_id) if generation.retry_of_id else None,
        "series": str(generation.series) if generation.series else None,
        "collection": _own_collection(generation),
        "prompt_version": [str(version.saved_prompt_id), version.number] if version else None,
        "calls": [call_record(call) for call in generation.calls.all()],
        "refusals": [refusal_record(refusal) for refusal in generation.refusals.all()],
        "references": [_use(use, files) for use in generation.reference_uses.all()],
        "images": [_image(image, files) for image in generation.images.all()],
    }


def collection_record(collection: Collection) -> dict[str, Any]:
    return {
        "id": str(collection.pk),
        **plain(collection, ("name", "description", "access")),
        **moments_of(collection, ("created_at", "archived_at")),
    }


def prompt_record(prompt: SavedPrompt) -> dict[str, Any]:
    return {
        "id": str(prompt.pk),
        **plain(prompt, ("name", "access")),
        **moments_of(prompt, ("created_at", "archived_at")),
        "versions": [
            {**plain(version, ("number", "text", "note")), **moments_of(version, ("created_at",))}
            for version in prompt.versions.all()
        ],
    }


def search_record(search: SavedSearch) -> dict[str, Any]:
    """What has another number in every studio is not in `query`; it is told beside it, by its name."""
    asked, _errors = Asked.parse(QueryDict(search.query), search.member)
    tags = Tag.objects.filter(pk__in=asked.tag, member=search.member)
    endpoints = Endpoint.objects.filter(pk__in=asked.endpoint)
    return {
        "name": search.name,
        "query": anywhere(asked).address(),
        "pinned": search.is_pinned,
        **moments_of(search, ("created_at",)),
        "collection": str(asked.collection) if asked.collection else None,
        "tags": list(tags.values_list("name", flat=True)),
        "endpoints": list(endpoints.values_list("name", flat=True)),
    }


def anywhere(asked: Asked) -> Asked:
    """Return what of a search means the same in every studio."""
    return replace(asked, tag=(), endpoint=(), collection=None, person=None)


def call_record(call: Call) -> dict[str, Any]:
    moments = ("queued_at", "sent_at", "received_at", "settled_at")
    cost = {"cost": money(call.cost)}
    return {"id": str(call.pk), **plain(call, CALL), **moments_of(call, moments), **cost}


def refusal_record(refusal: Refusal) -> dict[str, Any]:
    verdict = next(
        (case.latest_verdict for case in refusal.cases.all() if case.kind == CaseKind.REFUSAL), None
    )
    return {
        "call": str(refusal.call_id) if refusal.call_id else None,
        **plain(refusal, REFUSAL),
        **moments_of(refusal, ("created_at",)),
        "decision": verdict.decision if verdict else "",
    }


def _use(use: ReferenceUse, files: dict[str, str]) -> dict[str, Any]:
    reference = use.reference
    return {
        "role": use.role,
        "position": use.position,
        "name": reference.name,
        "file": files.get(reference.original),
        "sha256": reference.sha256,
        "image": str(reference.image_id) if reference.image_id else None,
    }


def _image(image: Image, files: dict[str, str]) -> dict[str, Any]:
    """Of what was removed from the trash the record is left, without a file."""
    return {
        "id": str(image.pk),
        "call": str(image.call_id),
        **plain(image, ("index", "media_type", "width", "height", "bytes", "sha256", "revised_prompt")),
        **moments_of(image, ("created_at",)),
        **order_of(image),
        "file": files.get(image.original),
        **places_of(image),
    }


def _own_collection(generation: Generation) -> str | None:
    target = generation.collection
    return str(target.pk) if target and target.owner_id == generation.member_id else None


def plain(row: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def moments_of(row: object, names: tuple[str, ...]) -> dict[str, str | None]:
    moments: dict[str, datetime | None] = plain(row, names)
    return {name: moment.isoformat() if moment else None for name, moment in moments.items()}


def money(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
