"""The generation form and the verdict form: what may be asked for, with a sentence at the field."""

import uuid
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from generations.images_api import Family, family_of
from generations.models import Decision, EndpointModel, Generation
from generations.submission import Order

PARAMETERS = ("size", "quality", "background", "moderation", "output_format")
_AUTO = ("", _("Auto"))
_LABELS = {
    "low": _("Low"),
    "medium": _("Medium"),
    "high": _("High"),
    "xhigh": _("Extra high"),
    "max": _("Maximum"),
    "standard": _("Standard"),
    "hd": _("HD"),
    "transparent": _("Transparent"),
    "opaque": _("Opaque"),
    "png": "PNG",
    "jpeg": "JPEG",
    "webp": "WebP",
}


class CreateForm(forms.Form):
    """What a member asks for. The fields bear the endpoint's parameter names; an empty one is not sent."""

    submit_token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    prompt = forms.CharField(
        label=_("Prompt"),
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        error_messages={"required": _("Describe the image that you want.")},
    )
    model = forms.ChoiceField(
        label=_("Model"),
        widget=forms.Select(
            attrs={
                "hx-get": reverse_lazy("generations:options"),
                "hx-include": "#options",
                "hx-target": "#options",
                "hx-swap": "outerMorph",
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
    size = forms.ChoiceField(label=_("Size"), required=False, widget=forms.RadioSelect)
    quality = forms.ChoiceField(label=_("Quality"), required=False, widget=forms.RadioSelect)
    background = forms.ChoiceField(label=_("Background"), required=False, widget=forms.RadioSelect)
    moderation = forms.ChoiceField(label=_("Moderation"), required=False, widget=forms.RadioSelect)
    output_format = forms.ChoiceField(label=_("Format"), required=False, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers = _offers()
        self._offer("model", [(value, _offer_label(value, offer)) for value, offer in self.offers.items()])
        known = [family_of(offer.name) for offer in self.offers.values()]
        chosen = self._chosen_family()
        for name in PARAMETERS:
            # Every family's values are known, so that another model's gets its own sentence; the chosen one's
            # are shown.
            self._offer(name, [_AUTO, *_values(name, known)])
            self._show(name, [_AUTO, *_values(name, [chosen] if chosen else known)])
        self.fields["submit_token"].initial = uuid.uuid4

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        offer = self.offers.get(cleaned.get("model", ""))
        if offer is None:
            return cleaned
        family = family_of(offer.name)
        if len(cleaned.get("prompt", "")) > family.prompt_limit:
            self.add_error("prompt", _too_long(cleaned["prompt"], family, offer))
        for name in PARAMETERS:
            self._check_parameter(name, family, offer)
        if cleaned.get("background") == "transparent" and cleaned.get("output_format") == "jpeg":
            self.add_error("output_format", gettext("JPEG cannot be transparent. Choose PNG or WebP."))
        return cleaned

    def order(self) -> Order:
        """Return what was asked; call it on a valid form only."""
        offer = self.offers[self.cleaned_data["model"]]
        return Order(
            endpoint=offer.endpoint,
            model=offer.name,
            prompt=self.cleaned_data["prompt"],
            n=self.cleaned_data["n"],
            **{name: self.cleaned_data.get(name, "") for name in PARAMETERS},
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

    def _chosen_family(self) -> Family | None:
        """The family whose options are shown: the chosen model's, else the first one's on offer."""
        offer = self.offers.get(str(self["model"].value() or "")) or next(iter(self.offers.values()), None)
        return family_of(offer.name) if offer else None

    def _check_parameter(self, name: str, family: Family, offer: EndpointModel) -> None:
        value = self.cleaned_data.get(name, "")
        allowed = family.allowed(name)
        if not value or value in allowed:
            return
        if allowed:
            message = gettext("%(model)s does not offer this. Choose Auto or one of: %(values)s.") % {
                "model": offer,
                "values": pgettext("between the items of a list", ", ").join(
                    parameter_label(name, choice) for choice in allowed if choice != "auto"
                ),
            }
        else:
            message = gettext("%(model)s has no such setting. Choose Auto.") % {"model": offer}
        self.add_error(name, message)


class VerdictForm(forms.Form):
    """A reviewer's decision with a note."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=Decision.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a decision.")},
    )

    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Why you decided so. It stays in the record."),
    )


def initial_from(generation: Generation) -> dict[str, Any]:
    """Return what fills the form with everything that an earlier generation asked for."""
    return {name: getattr(generation, name) for name in ("prompt", "model", "n", *PARAMETERS)}


def parameter_label(name: str, value: str) -> str:
    """Return how a parameter's value reads: 1024 × 1024, High, WebP."""
    if name == "size":
        return value.replace("x", " × ")
    return str(_LABELS.get(value, value))


def _offers() -> dict[str, EndpointModel]:
    """Return the models on offer by form value: the name, or name@endpoint for the second that sells it."""
    offers: dict[str, EndpointModel] = {}
    for offer in EndpointModel.objects.on_offer():
        value = offer.name if offer.name not in offers else f"{offer.name}@{offer.endpoint_id}"
        offers[value] = offer
    return offers


def _offer_label(value: str, offer: EndpointModel) -> str:
    return str(offer) if value == offer.name else f"{offer} · {offer.endpoint}"


def _values(name: str, families: list[Family]) -> list[tuple[str, Any]]:
    values = dict.fromkeys(value for family in families for value in family.allowed(name) if value != "auto")
    return [(value, parameter_label(name, value)) for value in values]


def _too_long(prompt: str, family: Family, offer: EndpointModel) -> str:
    return gettext("The prompt has %(length)s characters; %(model)s takes at most %(limit)s.") % {
        "length": len(prompt),
        "model": offer,
        "limit": family.prompt_limit,
    }
