"""What a choice in the form will cost: by the price list, else as measured, else it is not said."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from generations import pricing
from generations.models import Call, CallOutcome, CallStatus, Endpoint, EndpointModel, Operation, Price
from generations.money import money
from generations.timing import FEWEST, percentile

_MOST = 200  # calls, the newest, of one choice
_READ = 2000  # calls of an endpoint, however many it made in the time
_SPAN = timedelta(days=30)
_KEPT = 300  # seconds

Key = tuple[str, str, str, bool]  # model, size and quality as asked, and whether pictures went with it


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen in the form; an empty size or quality is left to the endpoint."""

    size: str
    quality: str
    n: int
    with_pictures: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """From the cheapest to the dearest that it can come to, in the studio's currency."""

    least: Decimal
    most: Decimal
    is_measured: bool = False

    @property
    def words(self) -> str:
        low, high = money(self.least), money(self.most)
        if not self.most:
            return _("Free")
        if self.is_measured:
            about, between = _("Usually about %(low)s"), _("Usually %(low)s to %(high)s")
        else:
            about, between = "%(low)s", _("%(low)s to %(high)s")
        return (about if low == high else between) % {"low": low, "high": high}


@dataclass(frozen=True, slots=True)
class _Sample:
    """A call that brought all that it was asked for, and what the endpoint counted for it."""

    usage: object
    n: int
    size: str
    quality: str
    with_pictures: bool


def price_of_choice(offer: EndpointModel, choice: Choice) -> Expected | None:
    """Return what a choice will cost; None where nobody can say it, which is then not said.

    Per image it is exact; where the endpoint decides on size or quality, all that it may choose count. Where
    tokens are counted it is what at least twenty calls like this one came to, at today's prices.
    """
    lines = pricing.lines_of(offer.endpoint_id, offer.name)
    if not lines:
        return None
    now = timezone.now()
    possible = [
        pricing.in_force(lines, size=size, quality=quality, at=now) for size, quality in _ends(offer, choice)
    ]
    known = [line for line in possible if line is not None]
    if len(known) == len(possible) and not any(map(pricing.counts_tokens, known)):
        each = [(line.per_image or Decimal(0)) * choice.n for line in known]
        return Expected(min(each), max(each))
    return _measured(offer, choice, lines)


def forget() -> None:
    """Read the calls anew when they are asked for next."""
    _kept.clear()


def _ends(offer: EndpointModel, choice: Choice) -> Iterator[tuple[str, str]]:
    """Every size and quality that the endpoint may come to."""
    family = offer.family
    sizes: Sequence[str] = [choice.size] if choice.size else family.sizes or [""]
    qualities: Sequence[str] = [choice.quality] if choice.quality else family.quality or [""]
    for size in sizes:
        for quality in qualities:
            yield size, quality


def _measured(offer: EndpointModel, choice: Choice, lines: Sequence[Price]) -> Expected | None:
    key = (offer.name, choice.size, choice.quality, choice.with_pictures)
    costs = sorted(_costs(offer, choice, lines, _samples_of(offer.endpoint).get(key, ())))
    if len(costs) < FEWEST:
        return None
    middle, high = (Decimal(str(percentile(costs, share))) for share in (0.5, 0.9))
    return Expected(middle, high, is_measured=True)


def _costs(
    offer: EndpointModel, choice: Choice, lines: Sequence[Price], samples: Iterable[_Sample]
) -> Iterator[float]:
    """What `n` images would have cost as each of the samples did."""
    now, calls = timezone.now(), _calls(offer, choice.n)
    for sample in samples:
        line = pricing.in_force(lines, size=sample.size, quality=sample.quality, at=now)
        tokens = pricing.tokens_of(sample.usage, with_images=sample.with_pictures)
        parts = pricing.parts_of(line, tokens, images=sample.n) if line else None
        if parts:
            yield float(parts.read * calls + parts.made / sample.n * choice.n)


def _calls(offer: EndpointModel, n: int) -> int:
    """How many calls so many images take: each reads the prompt and the pictures."""
    return n if offer.endpoint.one_image_per_call else -(-n // offer.family.n_max)


_kept: dict[tuple[str, int], tuple[float, Mapping[Key, Sequence[_Sample]]]] = {}


def _samples_of(endpoint: Endpoint) -> Mapping[Key, Sequence[_Sample]]:
    key = (str(settings.DATABASES["default"]["NAME"]), endpoint.pk)
    until, samples = _kept.get(key, (0.0, {}))
    if time.monotonic() >= until:
        samples = _read(endpoint)
        _kept[key] = (time.monotonic() + _KEPT, samples)
    return samples


def _read(endpoint: Endpoint) -> Mapping[Key, Sequence[_Sample]]:
    """The newest calls that went well, by the index by endpoint and time of sending."""
    went_well = Call.objects.filter(
        endpoint=endpoint,
        sent_at__gte=timezone.now() - _SPAN,
        status=CallStatus.SETTLED,
        outcome=CallOutcome.SUCCEEDED,
        usage__isnull=False,
    )
    samples: defaultdict[Key, list[_Sample]] = defaultdict(list)
    for call in went_well.select_related("generation").order_by("-sent_at")[:_READ]:
        asked = call.generation
        # Of several images in a stream nobody knows what the usage counts; such a call has no cost.
        if call.n > 1 and call.cost is None:
            continue
        with_pictures = asked.operation != Operation.GENERATIONS
        alike = samples[asked.model, asked.size, asked.quality, with_pictures]
        if len(alike) < _MOST:
            size, quality = call.effective_size or asked.size, call.effective_quality or asked.quality
            alike.append(_Sample(call.usage, call.n, size, quality, with_pictures))
    return samples
