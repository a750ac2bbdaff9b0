"""What lists say about images and generations: plain values, by names that do not change."""

from typing import Any

from generations.models import Generation, Image
from generations.provenance import PARAMETERS, parameters
from team.models import User

COLUMNS = (
    "file",
    "created_at",
    "prompt",
    "revised_prompt",
    "model",
    "endpoint",
    *PARAMETERS,
    "width",
    "height",
    "media_type",
    "bytes",
    "favourite",
    "rating",
    "tags",
    "note",
    "image",
    "generation",
    "sha256",
    "file_sha256",
)


def row_of(image: Image, member: User) -> dict[str, Any]:
    """Return what a list of pictures says; what the owner noted is told to the owner only."""
    generation = image.generation
    return {
        "image": str(image.pk),
        "generation": str(generation.pk),
        "created_at": generation.created_at.isoformat(),
        "prompt": generation.prompt,
        "revised_prompt": image.revised_prompt,
        "model": generation.model,
        "endpoint": generation.endpoint.name,
        **dict(parameters(generation)),
        "width": image.width,
        "height": image.height,
        "media_type": image.media_type,
        "bytes": image.bytes,
        "sha256": image.sha256,
        **(order_of(image) if generation.member_id == member.pk else {}),
    }


def order_of(image: Image) -> dict[str, Any]:
    """Return what the owner has noted about an image."""
    return {
        "favourite": image.is_favourite,
        "rating": image.rating,
        "tags": [tag.name for tag in image.tags.all()],
        "note": image.note,
    }


def places_of(image: Image) -> dict[str, Any]:
    """Return in which of its owner's collections an image lies, and where in each."""
    owner = image.generation.member_id
    items = [item for item in image.collection_items.all() if item.collection.owner_id == owner]
    return {
        "collections": [str(item.collection_id) for item in items],
        "places": [
            {
                "collection": str(item.collection_id),
                "position": item.position,
                "added_at": item.added_at.isoformat(),
                "is_cover": item.collection.cover_id == image.pk,
            }
            for item in items
        ],
    }


def parameters_of(generation: Generation) -> dict[str, str]:
    return dict(parameters(generation))
