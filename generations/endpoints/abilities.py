"""What an administrator knows better than the catalogue about one model of one endpoint."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from generations.endpoints.ability_words import CHOICES, GROUPS, HINTS, LABELS, reads, what_is_wrong
from generations.images_api import ABILITIES, AbilityError, family_of
from generations.models import EndpointModel
from generations.models.endpoints import usable_changes

_LONGEST_TEXT = 2000  # characters
_MB = 1_000_000
# Where a switch is turned on that the catalogue has off, something has to stand in its fields.
_USUAL: dict[str, dict[str, Any]] = {
    "free_size": {
        "multiple": 16,
        "widest": 3,
        "longest_edge": 3840,
        "fewest_pixels": 655_360,
        "most_pixels": 8_294_400,
        "experimental_above": 8_294_400,
    },
    "edits": {
        "form": "multipart",
        "references": 1,
        "mask": False,
        "field": "image[]",
        "formats": ["png", "jpeg", "webp"],
        "bytes_max": 25 * _MB,
        "square": False,
    },
}


class ValuesField(forms.CharField):
    """A list of words, typed with commas between them."""

    def to_python(self, value: Any) -> Any:
        text = str(value or "")
        if len(text) > _LONGEST_TEXT:
            raise ValidationError(_("This is too long."))
        return [word for part in re.split(r"[,，、;；\n]", text) if (word := part.strip().replace("×", "x"))]

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or []))


@dataclass(frozen=True, slots=True)
class AbilityLine:
    """One ability as the page shows it: its field, those that depend on it, and the catalogue's value."""

    name: str
    field: BoundField
    parts: tuple[BoundField, ...]
    is_changed: bool
    catalogue: str  # in words


class AbilitiesForm(forms.Form):
    """Every ability of a family. `changes` are those that differ from the catalogue, as they are stored."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, model: EndpointModel) -> None:
        super().__init__(data)
        self.catalogue = family_of(model.name)
        self.stored = usable_changes(self.catalogue, model.abilities)
        self.changes: dict[str, Any] = {}
        self._known = self.catalogue.abilities()
        for name, value in {**self._known, **self.stored}.items():
            if name in _USUAL:
                self._add_object(name, value)
            else:
                self._add(name, value)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ABILITIES:
            if any(field == name or field.startswith(f"{name}.") for field in self.errors):
                continue
            value = self._value(name, cleaned)
            try:
                self.catalogue.changed({name: value})
            except AbilityError as exc:
                self.add_error(
                    exc.field if exc.field in self.fields else name,
                    what_is_wrong(exc.field, exc.reason),  # type: ignore[arg-type] # lazy words are words
                )
            else:
                if value != self._known[name]:
                    self.changes[name] = value
        return cleaned

    def groups(self) -> Iterator[tuple[str | Promise, list[AbilityLine]]]:
        """The abilities as they stand on the page."""
        for heading, names in GROUPS:
            yield heading, [self._line(name) for name in names]

    def _line(self, name: str) -> AbilityLine:
        return AbilityLine(
            name=name,
            field=self[name],
            parts=tuple(self[f"{name}.{part}"] for part in _USUAL.get(name, ())),
            is_changed=name in self.stored,
            catalogue=reads(name, self._known[name], instead_of=self.stored.get(name)),
        )

    def _add_object(self, name: str, value: dict[str, Any] | None) -> None:
        self.fields[name] = _switch(name)
        self.initial[name] = value is not None
        for part, usual in (value or self._known[name] or _USUAL[name]).items():
            self._add(f"{name}.{part}", usual)
            # What a switch turns off is not looked at.
            self.fields[f"{name}.{part}"].disabled = self.is_bound and not self.data.get(name)

    def _add(self, name: str, value: Any) -> None:
        self.fields[name] = _field_for(name, value)
        self.initial[name] = value / _MB if name == "edits.bytes_max" else value

    def _value(self, name: str, cleaned: Mapping[str, Any]) -> Any:
        """Return an ability as plain JSON."""
        if name not in _USUAL:
            return _plain(name, cleaned[name], like=self._known[name])
        if not cleaned[name]:
            return None
        known = self._known[name] or {}
        parts = {
            part: _plain(f"{name}.{part}", cleaned[f"{name}.{part}"], like=known.get(part))
            for part in _USUAL[name]
        }
        if name == "edits":
            parts["bytes_max"] = round(parts["bytes_max"] * _MB)
            parts["field"] = parts["field"] if parts["form"] == "multipart" else ""
        return parts


def _field_for(name: str, value: Any) -> forms.Field:
    words = _words(name)
    choices = CHOICES.get(name)
    if isinstance(value, bool):
        return _switch(name)
    if name == "retired":
        day = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        return forms.DateField(required=False, widget=day, input_formats=["%Y-%m-%d"], **words)
    if choices and isinstance(value, list):
        ticks = forms.CheckboxSelectMultiple
        return forms.MultipleChoiceField(required=False, choices=choices, widget=ticks, **words)
    if choices:
        widget = forms.Select if name in ("edits.form", "note") else forms.RadioSelect
        return forms.ChoiceField(required=False, choices=choices, widget=widget, **words)
    if isinstance(value, list):
        return ValuesField(required=False, **words)
    if name == "edits.field":
        return forms.CharField(required=False, max_length=60, **words)
    if name in ("deadline", "edits.bytes_max"):
        return forms.FloatField(**words)
    return forms.IntegerField(**words)


def _switch(name: str) -> forms.BooleanField:
    return forms.BooleanField(required=False, **_words(name))


def _words(name: str) -> dict[str, Any]:
    return {"label": LABELS[name], "help_text": HINTS.get(name, "")}


def _plain(name: str, value: Any, *, like: Any) -> Any:
    """Return a cleaned value as JSON has it; ticks have no order, so equal ones are the catalogue's."""
    if isinstance(value, date):
        return value.isoformat()
    if name in CHOICES and isinstance(like, list) and sorted(value) == sorted(like):
        return like
    return value
