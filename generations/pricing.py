"""What a call costs, by the price in force when it was sent; what nobody can say is None and never 0."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from generations.images_api import Answer
from generations.models import Call, CallOutcome, EndpointModel, Operation, Price

_MILLION = Decimal(1_000_000)
_SMALLEST = Decimal("0.000001")  # what a column of costs holds


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an endpoint counted, as far as it said: text and images that it read, and what it made."""

    text_in: int | None
    images_in: int | None
    all_in: int | None
    out: int | None


@dataclass(frozen=True, slots=True)
class Parts:
    """The cost of a call, split into what every call costs and what every image does."""

    read: Decimal
    made: Decimal

    @property
    def sum(self) -> Decimal:
        return (self.read + self.made).quantize(_SMALLEST)


def cost_of(call: Call, answer: Answer | None = None) -> Decimal | None:
    """Return what a call costs that ends now; without an answer that is known only where all is free.

    Nobody says what an endpoint charges for a refusal, or for an answer that was lost on the way.
    """
    at = call.sent_at or timezone.now()
    lines = lines_of(call.endpoint_id, call.generation.model)
    size, quality = _made_as(call, answer) if lines else ("", "")
    line = in_force(lines, size=size, quality=quality, at=at)
    if line is None:
        return None
    if is_free(line):
        return Decimal(0)
    if answer is None:
        return None
    images = len(answer.images)
    usage = None if images > 1 and _is_streamed(call) else answer.usage
    tokens = tokens_of(asdict(usage) if usage else None, with_images=_reads_images(call))
    parts = parts_of(line, tokens, images=images)
    return parts.sum if parts else None


def cost_of_words(
    endpoint_id: int, model: str, *, read: int | None, written: int | None, at: datetime
) -> Decimal | None:
    """Return what a chat model costs that was asked at a time, by so many tokens; None where nobody can say.

    Only a price per token says what words cost: one per image does not, unless it is 0.
    """
    line = in_force(lines_of(endpoint_id, model), size="", quality="", at=at)
    if line is None or not (counts_tokens(line) or is_free(line)):
        return None
    if is_free(line):
        return Decimal(0)
    parts = parts_of(line, Tokens(text_in=read, images_in=0, all_in=read, out=written), images=0)
    return parts.sum if parts else None


def lacks_cost(call: Call) -> bool:
    """Whether a call was sent, has ended and may have been charged, and nobody can say how much."""
    was_sent = call.sent_at is not None and call.settled_at is not None
    return was_sent and call.cost is None and call.outcome != CallOutcome.REPEATED


def lines_of(endpoint_id: int, model: str) -> list[Price]:
    """Return the price list of a model at an endpoint, with lines that are over and lines to come."""
    return list(Price.objects.filter(offer__endpoint_id=endpoint_id, offer__name=model))


def in_force(lines: Iterable[Price], *, size: str, quality: str, at: datetime) -> Price | None:
    """Return the line that counts at a time: what names most, quality before size.

    Of the same size and quality the newest counts alone: once it is ended none of them does.
    """
    newest: dict[tuple[str, str], Price] = {}
    for line in sorted(lines, key=lambda line: line.valid_from):
        if line.valid_from <= at and line.size in ("", size) and line.quality in ("", quality):
            newest[line.quality, line.size] = line
    holding = [line for line in newest.values() if line.ended_at is None or at < line.ended_at]
    return max(holding, key=lambda line: (line.quality != "", line.size != ""), default=None)


def is_free(line: Price) -> bool:
    """Whether the line says 0, and nothing else."""
    said = [price for price in _prices(line) if price is not None]
    return bool(said) and not any(said)


def counts_tokens(line: Price) -> bool:
    """Whether what a call costs is known only when the endpoint has counted."""
    return any((line.per_million_text_in, line.per_million_images_in, line.per_million_out))


def tokens_of(usage: object, *, with_images: bool) -> Tokens:
    """Read a stored usage, whichever of its numbers there are; a call without images has read only text."""
    known: Mapping[str, object] = usage if isinstance(usage, Mapping) else {}

    def count(name: str) -> int | None:
        value = known.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None

    text, images, read = (count(f"input_{name}") for name in ("text_tokens", "image_tokens", "tokens"))
    if not with_images:
        text, images = read if text is None else text, images or 0
    text = _rest(read, images) if text is None else text
    images = _rest(read, text) if images is None else images
    if read is None and text is not None and images is not None:
        read = text + images
    made = [value for name in ("text", "image") if (value := count(f"output_{name}_tokens")) is not None]
    out = count("output_tokens")
    if out is None:
        out = sum(made) if made else _rest(count("total_tokens"), read)
    return Tokens(text, images, read, out)


def parts_of(line: Price, tokens: Tokens, *, images: int) -> Parts | None:
    """Return the cost of a call by a line; None where the line needs a number that nobody has told."""
    made = (line.per_image or Decimal(0)) * images
    if not counts_tokens(line):
        return None if line.per_image is None else Parts(Decimal(0), made)
    read = _cost_of_reading(line, tokens)
    if read is None:
        return None
    if line.per_million_out:
        if tokens.out is None:
            return None
        made += line.per_million_out * tokens.out / _MILLION
    return Parts(read, made)


def price_nothing(offers: Iterable[EndpointModel]) -> None:
    """Write a price of 0 per image for those that have no price yet: what the simulator makes is free."""
    new = [offer for offer in offers if not Price.objects.filter(offer=offer).exists()]
    Price.objects.bulk_create(Price(offer=offer, per_image=Decimal(0)) for offer in new)


def _cost_of_reading(line: Price, tokens: Tokens) -> Decimal | None:
    """Images that were read cost what text does where the line has no price of their own."""
    text, images = line.per_million_text_in or Decimal(0), line.per_million_images_in
    if images is None or images == text:
        return None if text and tokens.all_in is None else text * (tokens.all_in or 0) / _MILLION
    if (text and tokens.text_in is None) or (images and tokens.images_in is None):
        return None
    return (text * (tokens.text_in or 0) + images * (tokens.images_in or 0)) / _MILLION


def _made_as(call: Call, answer: Answer | None) -> tuple[str, str]:
    """Size and quality that the endpoint says it used, or that were asked for; a size can be measured."""
    asked = call.generation
    size = (answer.size if answer else "") or asked.size
    if not size and answer and (first := call.images.first()):
        size = f"{first.width}x{first.height}"
    return size, (answer.quality if answer else "") or asked.quality


def _is_streamed(call: Call) -> bool:
    """Whether several images came one by one: nobody says whether a usage then counts for one or for all."""
    family = call.endpoint.family_of(call.generation.model)
    can_stream = family.streams and call.generation.operation != Operation.VARIATIONS
    return can_stream and min(call.endpoint.partial_images, family.partial_images) > 0


def _reads_images(call: Call) -> bool:
    return call.generation.operation != Operation.GENERATIONS


def _rest(whole: int | None, part: int | None) -> int | None:
    return None if whole is None or part is None else max(0, whole - part)


def _prices(line: Price) -> tuple[Decimal | None, ...]:
    return line.per_image, line.per_million_text_in, line.per_million_images_in, line.per_million_out
