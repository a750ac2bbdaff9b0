"""The price list of one model at one endpoint: its form, and its lines with what each of them is good for."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generations.models import Call, EndpointModel, Price
from generations.money import exact_money
from generations.parameter_words import choices_of, parameter_label

PRICES = ("per_image", "per_million_text_in", "per_million_images_in", "per_million_out")
_SIZE = re.compile(r"[1-9]\d{1,4}x[1-9]\d{1,4}")
_NOT_IN_A_NUMBER = re.compile(r"[\s$€£¥₩₹]")
_SLACK = timedelta(minutes=1)  # the field has no seconds
_FARTHEST = timedelta(days=5 * 365)
State = Literal["now", "later", "over"]


class AmountField(forms.DecimalField):
    """An amount of money, with a point or a comma before its fraction; a currency's sign is passed over."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            min_value=Decimal(0),
            max_digits=12,
            decimal_places=6,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            error_messages={
                "invalid": _("Enter an amount such as 0.042."),
                "min_value": _("A price is not below 0."),
            },
            **kwargs,
        )

    def to_python(self, value: Any) -> Any:
        text = _NOT_IN_A_NUMBER.sub("", unicodedata.normalize("NFKC", str(value or "")))[:40]
        if "," in text and ("." in text or text.count(",") > 1):
            raise ValidationError(_("Leave out the marks between thousands: 1234.56."))
        return super().to_python(text.replace(",", "."))


class PriceForm(forms.Form):
    """A new line of the list."""

    size = forms.CharField(
        label=_("Size"),
        required=False,
        max_length=20,
        help_text=_("Such as 1024x1024. Empty: every size that has no line of its own."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    quality = forms.ChoiceField(label=_("Quality"), required=False)
    per_image = AmountField(label=_("Per image"))
    per_million_text_in = AmountField(label=_("Per million tokens of text sent"))
    per_million_images_in = AmountField(
        label=_("Per million tokens of images sent"), help_text=_("Empty: as text.")
    )
    per_million_out = AmountField(label=_("Per million tokens made"))
    valid_from = forms.DateTimeField(
        label=_("Valid from"),
        required=False,
        help_text=_("Empty: from now on."),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, offer: EndpointModel) -> None:
        super().__init__(data)
        self.offer = offer
        qualities = [("", _("Every quality")), *choices_of("quality", [offer.family])]
        self.fields["quality"].choices = qualities  # type: ignore[attr-defined] # it is a ChoiceField

    def clean_size(self) -> str:
        typed = unicodedata.normalize("NFKC", self.cleaned_data["size"]).strip().lower()
        size = re.sub(r"\s*[x×*]\s*", "x", typed)
        if size and not _SIZE.fullmatch(size):
            raise ValidationError(_("Write a size as width and height in pixels, such as 1024x1536."))
        return size

    def clean_valid_from(self) -> datetime:
        """What is over was charged already, and is written down with each call."""
        begin: datetime | None = self.cleaned_data["valid_from"]
        now = timezone.now()
        if begin is None:
            return now
        if begin < now - _SLACK:
            raise ValidationError(_("A price cannot begin in the past: those calls have their cost already."))
        if begin > now + _FARTHEST:
            raise ValidationError(_("This is more than five years from now."))
        return max(begin, now)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not any(name in self.errors for name in PRICES):
            if all(cleaned[name] is None for name in PRICES):
                self.add_error("per_image", _("Enter at least one price. 0 means that it is free."))
            elif cleaned["per_million_text_in"] is None and cleaned["per_million_images_in"] is not None:
                self.add_error("per_million_text_in", _("Enter the price of text too; 0 means free."))
        return cleaned

    def save(self) -> bool:
        """Add the line; False, with an error at the field, when one begins at the same moment."""
        try:
            with transaction.atomic():
                Price.objects.create(offer=self.offer, **self.cleaned_data)
        except IntegrityError:
            self.add_error("valid_from", _("There is a line already that begins at this moment."))
            return False
        return True


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A line of the list, when it counts, and whether it may still be taken back."""

    price: Price
    until: datetime | None
    state: State
    may_go: bool

    @property
    def may_end(self) -> bool:
        """What has priced calls stays on the list, and can stop to count."""
        return self.state == "now" and not self.may_go

    @property
    def size(self) -> str:
        return parameter_label("size", self.price.size)

    @property
    def quality(self) -> str:
        return parameter_label("quality", self.price.quality)

    @property
    def counts_tokens(self) -> bool:
        return bool(self.token_prices)

    @property
    def token_prices(self) -> list[str]:
        """What a million tokens cost, of each kind that has a price."""
        words = (
            (self.price.per_million_text_in, _("text sent %(amount)s")),
            (self.price.per_million_images_in, _("images sent %(amount)s")),
            (self.price.per_million_out, _("made %(amount)s")),
        )
        return [said % {"amount": exact_money(price)} for price, said in words if price is not None]


def price_lines(offer: EndpointModel) -> list[PriceLine]:
    """Return the whole list: size and quality in order, of each the newest first."""
    prices = list(Price.objects.filter(offer=offer))
    spans = _spans_of_priced_calls(offer) if prices else []
    now = timezone.now()
    lines = []
    for price in prices:
        until = _until(price, prices)
        state: State = "later" if price.valid_from > now else "over" if until and until <= now else "now"
        has_priced = any(span.may_be_priced_by(price, until) for span in spans)
        lines.append(PriceLine(price, until, state, may_go=not has_priced))
    return lines


@dataclass(frozen=True, slots=True)
class _Span:
    """When calls with one size and quality were sent that have a cost; an empty size may be any."""

    size: str
    quality: str
    first: datetime
    last: datetime

    def may_be_priced_by(self, price: Price, until: datetime | None) -> bool:
        fits = self.size in (price.size, "") or not price.size
        fits = fits and (self.quality in (price.quality, "") or not price.quality)
        return fits and self.last >= price.valid_from and (until is None or self.first < until)


def _spans_of_priced_calls(offer: EndpointModel) -> list[_Span]:
    told = ("effective_size", "effective_quality", "generation__size", "generation__quality")
    found = (
        Call.objects.filter(
            endpoint=offer.endpoint_id,
            generation__model=offer.name,
            sent_at__isnull=False,
            cost__isnull=False,
        )
        .order_by()
        .values_list(*told)
        .annotate(first=Min("sent_at"), last=Max("sent_at"))
    )
    return [
        _Span(size or asked_size, quality or asked_quality, first, last)
        for size, quality, asked_size, asked_quality, first, last in found
    ]


def _until(price: Price, prices: Sequence[Price]) -> datetime | None:
    """When it was ended, or the next line for the same size and quality begins."""
    same = (one for one in prices if (one.size, one.quality) == (price.size, price.quality))
    ends = [one.valid_from for one in same if one.valid_from > price.valid_from]
    return min([*ends, *([price.ended_at] if price.ended_at else [])], default=None)
