"""What is asked of the endpoint for one call, and with which connection."""

from dataclasses import replace

from generations.images_api import Connection, ImagesRequest
from generations.models import Call


def request_of(call: Call) -> ImagesRequest:
    """Return what is asked of the endpoint; a parameter that the member left alone is not sent."""
    generation = call.generation
    family = call.endpoint.family_of(generation.model)
    background = generation.background
    return ImagesRequest(
        model=generation.model,
        prompt=family.sent_prompt(generation.prompt, background=background),
        n=call.n,
        size=generation.size or None,
        aspect_ratio=generation.aspect_ratio or None,
        quality=generation.quality or None,
        style=generation.style or None,
        background=None if family.says_in_words(background) else background or None,
        moderation=generation.moderation or None,
        output_format=generation.output_format or None,
        output_compression=generation.output_compression,
        response_format=family.response_format or None,
    )


def connection_of(call: Call) -> Connection:
    """Return whom to ask; a deadline shorter than the model may need would only lose what is paid for."""
    agreed = call.endpoint.connection()
    family = call.endpoint.family_of(call.generation.model)
    return replace(agreed, deadline=max(agreed.deadline, family.deadline))
