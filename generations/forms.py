"""The generation form: what may be asked for, with a sentence at the field."""

import json
import uuid
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from generations.images_api import Family
from generations.models import EndpointModel, Generation, Operation
from generations.offers import label_of, models_on_offer
from generations.origins import OriginsForm
from generations.parameter_words import choices_of, notes_on, parameter_label, too_long, transparent_in_words
from generations.reference_choice import pictures_of, wrong_number
from generations.size_choice import CUSTOM, ShapeSelect, rules_for_scripts, size_error, size_hint
from generations.submission import Order
from team.models import User

_ALWAYS = ("size", "aspect_ratio", "quality", "style", "background", "moderation", "output_format")
PARAMETERS = (*_ALWAYS, "input_fidelity")
_ASKED = {
    Operation.GENERATIONS: (*_ALWAYS, "output_compression"),
    Operation.EDITS: (*PARAMETERS, "output_compression"),
    Operation.VARIATIONS: ("size",),
}
_NUMBERS = ("size_width", "size_height", "output_compression")
_COMPRESSIBLE = ("jpeg", "webp")
_LONGEST_EDGE = 99_999  # pixels; what a family really takes is in its rule
_AUTO = ("", _("Auto"))
_PIXELS = _("Enter a whole number of pixels.")


class CreateForm(OriginsForm):
    """What a member asks for. The fields bear the endpoint's parameter names; an empty one is not sent."""

    submit_token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    prompt = forms.CharField(
        label=_("Prompt"),
        required=False,  # a variation has none
        widget=forms.Textarea({"rows": 4, "autocomplete": "off", "placeholder": _("Describe an image")}),
    )
    model = forms.ChoiceField(
        label=_("Model"),
        widget=forms.Select(
            attrs={
                "hx-get": reverse_lazy("generations:options"),
                "hx-include": "#options, #pictures input:not([type=file])",
                "hx-target": "#options",
                "hx-swap": "outerMorph",
                "aria-describedby": "model-note id_model_error",
            }
        ),
        error_messages={"invalid_choice": _("This model is not on offer any more. Choose another one.")},
    )
    n = forms.IntegerField(
        label=_("Images"),
        min_value=1,
        max_value=10,
        initial=1,
        error_messages={
            "invalid": _("Enter a whole number from 1 to 10."),
            "min_value": _("Ask for at least 1 image."),
            "max_value": _("Ask for at most 10 images at once."),
        },
    )
    size = forms.ChoiceField(label=_("Size"), required=False, widget=ShapeSelect)
    size_width = forms.IntegerField(
        label=_("Width"),
        required=False,
        min_value=1,
        max_value=_LONGEST_EDGE,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), _PIXELS),
    )
    size_height = forms.IntegerField(
        label=_("Height"),
        required=False,
        min_value=1,
        max_value=_LONGEST_EDGE,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), _PIXELS),
    )
    aspect_ratio = forms.ChoiceField(label=_("Aspect ratio"), required=False, widget=ShapeSelect)
    quality = forms.ChoiceField(label=_("Quality"), required=False, widget=forms.RadioSelect)
    style = forms.ChoiceField(label=_("Style"), required=False, widget=forms.RadioSelect)
    background = forms.ChoiceField(label=_("Background"), required=False, widget=forms.RadioSelect)
    moderation = forms.ChoiceField(label=_("Moderation"), required=False, widget=forms.RadioSelect)
    output_format = forms.ChoiceField(label=_("Format"), required=False, widget=forms.RadioSelect)
    input_fidelity = forms.ChoiceField(
        label=_("Fidelity to the references"),
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Counts only with reference images."),
    )
    output_compression = forms.IntegerField(
        label=_("Compression"),
        required=False,
        min_value=0,
        max_value=100,
        help_text=_("0 to 100, with JPEG or WebP. A smaller number makes a smaller file."),
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), _("Enter a whole number from 0 to 100.")
        ),
    )

    def __init__(self, *args: Any, member: User, **kwargs: Any) -> None:
        super().__init__(*args, member=member, **kwargs)
        self.offers = models_on_offer()
        self._offer("model", [(value, label_of(value, offer)) for value, offer in self.offers.items()])
        known = [offer.family for offer in self.offers.values()]
        offer = self.chosen_offer()
        chosen = offer.family if offer else None
        self.family = chosen
        self._fill_in_own_size(chosen)
        for name in PARAMETERS:
            # Every family's values are known, so that another model's gets its own sentence; the chosen one's
            # are shown.
            self._offer(name, [_AUTO, *choices_of(name, known)])
            self._show(name, [_AUTO, *choices_of(name, [chosen] if chosen else known)])
        if chosen and chosen.transparent == "words":
            self.fields["background"].help_text = transparent_in_words()
        self.fields["submit_token"].initial = uuid.uuid4

    @property
    def options_have_errors(self) -> bool:
        """Whether something is wrong among what may be folded away."""
        return any(name in self.errors for name in (*PARAMETERS, *_NUMBERS))

    @property
    def more_have_errors(self) -> bool:
        """Whether something is wrong among what is folded away on every screen."""
        return any(name in self.errors for name in ("output_format", "output_compression", "moderation"))

    @property
    def model_notes(self) -> list[str]:
        """What to know about the chosen model, in sentences."""
        return notes_on(self.family) if self.family else []

    @property
    def pictures_note(self) -> str:
        offer = self.chosen_offer()
        if not offer or (offer.family.variations and len(self.references) == 1):
            return ""
        return wrong_number(offer.family, str(offer), len(self.references), others=self._that_edit())

    @property
    def size_rules(self) -> str:
        """The rule for sizes of one's own, for the script; "" where there are none."""
        rule = self.family.free_size if self.family else None
        return json.dumps(rules_for_scripts(rule)) if rule else ""

    @property
    def size_hint(self) -> str:
        """The rule for sizes of one's own, in words; "" where there are none."""
        rule = self.family.free_size if self.family else None
        return size_hint(rule) if rule else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.take_pictures()
        offer = self.offers.get(cleaned.get("model", ""))
        if offer is None:
            return cleaned
        family = offer.family
        self.check_pictures(family, str(offer), others=self._that_edit())
        is_variation = cleaned.get("variation")
        for name in ("size",) if is_variation else PARAMETERS:
            self._check_parameter(name, family, offer)
        self._check_own_size(family)
        if not is_variation:
            self._check_prompt(family, offer)
            self._check_format(family, offer)
        return cleaned

    def order(self) -> Order:
        """Return what was asked; call it on a valid form only."""
        offer = self.offers[self.cleaned_data["model"]]
        operation = self.operation()
        return Order(
            endpoint=offer.endpoint,
            model=offer.name,
            prompt="" if operation == Operation.VARIATIONS else self.cleaned_data["prompt"],
            n=self.cleaned_data["n"],
            operation=operation,
            references=tuple(self.references),
            mask=self.mask,
            **self.origins(),
            **{name: self.cleaned_data[name] for name in _ASKED[operation]},
        )

    def token(self) -> uuid.UUID:
        """Return the submission's token; a form that came without one is a submission of its own."""
        token: uuid.UUID | None = self.cleaned_data.get("submit_token")
        return token or uuid.uuid4()

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker what the class body says
        field.choices = choices

    def _show(self, name: str, choices: list[tuple[str, Any]]) -> None:
        widget = self.fields[name].widget
        assert isinstance(widget, forms.RadioSelect)  # noqa: S101 - tells the type checker what the class body says
        widget.choices = choices
        if not self.is_bound and self.initial.get(name) not in dict(choices):
            self.initial[name] = ""

    def chosen_offer(self) -> EndpointModel | None:
        """The model whose options are shown: the chosen one, else the first on offer."""
        return self.offers.get(str(self["model"].value() or "")) or next(iter(self.offers.values()), None)

    def _that_edit(self) -> list[str]:
        return [str(offer) for offer in self.offers.values() if offer.family.edits]

    def _fill_in_own_size(self, family: Family | None) -> None:
        """Show a size that is on no list as one of the member's own."""
        width, x, height = str(self.initial.get("size") or "").partition("x")
        is_free = (
            family is not None and family.free_size is not None and f"{width}x{height}" not in family.sizes
        )
        if self.is_bound or not x or not is_free:
            return
        self.initial.update(size=CUSTOM, size_width=width, size_height=height)

    def _check_prompt(self, family: Family, offer: EndpointModel) -> None:
        if not self.cleaned_data.get("prompt") and "prompt" not in self.errors:
            self.add_error("prompt", gettext("Describe the image that you want."))
        background = self.cleaned_data.get("background", "")
        sent = family.sent_prompt(self.cleaned_data.get("prompt", ""), background=background)
        if len(sent) > family.prompt_limit:
            self.add_error("prompt", too_long(len(sent), family, str(offer)))

    def _check_own_size(self, family: Family) -> None:
        """Turn width and height into the size, or say what is wrong with them."""
        if self.cleaned_data.get("size") != CUSTOM or not family.free_size:
            return
        width, height = self.cleaned_data.get("size_width"), self.cleaned_data.get("size_height")
        if width and height:
            if message := size_error(family.free_size, width, height):
                self.add_error("size_width", message)
            self.cleaned_data["size"] = f"{width}x{height}"
        elif not {"size_width", "size_height"} & self.errors.keys():
            self.add_error("size_width", gettext("Enter a width and a height in pixels."))

    def _check_format(self, family: Family, offer: EndpointModel) -> None:
        output_format = self.cleaned_data.get("output_format", "")
        if self.cleaned_data.get("background") == "transparent" and output_format == "jpeg":
            self.add_error("output_format", gettext("JPEG cannot be transparent. Choose PNG or WebP."))
        if self.cleaned_data.get("output_compression") is None:
            return
        if not family.compression:
            message = gettext("%(model)s has no such setting. Leave it empty.") % {"model": offer}
            self.add_error("output_compression", message)
        elif output_format not in _COMPRESSIBLE:
            message = gettext("Only JPEG and WebP are compressed. Choose one of them, or leave this empty.")
            self.add_error("output_compression", message)

    def _check_parameter(self, name: str, family: Family, offer: EndpointModel) -> None:
        value = self.cleaned_data.get(name, "")
        allowed = family.allowed(name)
        if not value or value in allowed or (name == "size" and value == CUSTOM and family.free_size):
            return
        if allowed:
            message = gettext("%(model)s does not offer this. Choose Auto or one of: %(values)s.") % {
                "model": offer,
                "values": pgettext("between the items of a list", ", ").join(
                    parameter_label(name, choice) for choice in allowed
                ),
            }
        else:
            message = gettext("%(model)s has no such setting. Choose Auto.") % {"model": offer}
        self.add_error(name, message)


def initial_from(generation: Generation) -> dict[str, Any]:
    """Return what fills the form with everything that an earlier generation asked for."""
    names = ("prompt", "model", "n", *PARAMETERS, "output_compression")
    known = {name: getattr(generation, name) for name in names} | pictures_of(generation)
    return known | {"remix_of": str(generation.pk), "saved": str(generation.prompt_version_id or "")}
