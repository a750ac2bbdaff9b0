"""What administrators set about moderation for the whole team, with a sentence at the field."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generations.category_words import EVERY_OTHER, KNOWN
from generations.models import Endpoint, ModerationPolicy

if TYPE_CHECKING:  # Django's own class takes no parameters at run time
    _PolicyModelForm = forms.ModelForm[ModerationPolicy]
else:
    _PolicyModelForm = forms.ModelForm

_MOST_IN_A_ROW: Final = 100
_MOST_STRIKES: Final = 100
_MOST_DAYS: Final = 3650
# Empty is 0, which is off.
_WHOLE: Final[Mapping[str, int]] = {
    "stop_member_after": _MOST_IN_A_ROW,
    "stop_model_after": _MOST_IN_A_ROW,
    "warn_at": _MOST_STRIKES,
    "limit_at": _MOST_STRIKES,
    "suspend_at": _MOST_STRIKES,
    "keep_passed_days": _MOST_DAYS,
    "keep_refused_days": _MOST_DAYS,
    "keep_failed_days": _MOST_DAYS,
}
_ROWS: Final = {**KNOWN, EVERY_OTHER: gettext_lazy("Every other category")}


class PolicyForm(_PolicyModelForm):
    """The one row of the policy. Thresholds are fields of their own, one for each category."""

    # When it was last changed, as the page has shown it: who saves an older one is told.
    seen = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    class Meta:
        model = ModerationPolicy
        fields = (
            "check_endpoint",
            "check_model",
            "checks_pictures",
            "fails_open",
            "hold_from",
            "rewrite_endpoint",
            "rewrite_model",
            "stop_member_after",
            "stop_model_after",
            "warn_at",
            "limit_at",
            "suspend_at",
            "strike_days",
            "keep_passed_days",
            "keep_refused_days",
            "keep_failed_days",
        )
        widgets = {
            "check_model": forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
            "rewrite_model": forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stamp = stamp_of(self.instance)
        self._stored = {name: getattr(self.instance, name) for name in ("check_model", "rewrite_model")}
        self.initial["seen"] = self._stamp
        for name in ("check_endpoint", "rewrite_endpoint"):
            self._offer_endpoints(name)
        for name, most in _WHOLE.items():
            self._count(name, most)
        self.fields["hold_from"] = _score_field(str(self.fields["hold_from"].label))
        self.fields["hold_from"].help_text = _(
            "From 0 to 1. What is sent although a category reaches it is stored, and nobody sees it until a"
            " reviewer has approved it. Empty: nothing is held."
        )
        thresholds = self.instance.thresholds
        for category, label in _ROWS.items():
            self.initial[_field_of(category)] = thresholds.get(category)
            self.fields[_field_of(category)] = _score_field(str(label))

    @property
    def thresholds(self) -> list[forms.BoundField]:
        """The fields of the categories, in order."""
        return [self[_field_of(category)] for category in _ROWS]

    @property
    def thresholds_are_open(self) -> bool:
        """Whether something stands in the fold of the thresholds, or is wrong there."""
        return any(field.errors or field.value() not in (None, "") for field in self.thresholds)

    def clean_check_model(self) -> str:
        return self._model_name("check_model")

    def clean_rewrite_model(self) -> str:
        return self._model_name("rewrite_model")

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        for name in _WHOLE:
            told[name] = told.get(name) or 0
        self._check_model("check", told)
        self._check_model("rewrite", told)
        self._check_order(told)
        if told.get("seen", "") != self._stamp:
            self._is_stale()
        return told

    def save(self, commit: bool = True) -> ModerationPolicy:
        given = {category: self.cleaned_data[_field_of(category)] for category in _ROWS}
        self.instance.thresholds = {name: number for name, number in given.items() if number is not None}
        self.instance.check_away_until = None  # it may be another one now, or mended
        return super().save(commit)

    def _offer_endpoints(self, name: str) -> None:
        chosen = getattr(self.instance, f"{name}_id")
        known: QuerySet[Endpoint] = Endpoint.objects.filter(Q(is_active=True) | Q(pk=chosen)).order_by("name")
        label, hint = self.fields[name].label, self.fields[name].help_text
        self.fields[name] = forms.ModelChoiceField(
            known, required=False, label=label, help_text=hint, empty_label=_("Nowhere")
        )

    def _count(self, name: str, most: int) -> None:
        self.fields[name] = forms.IntegerField(
            label=self.fields[name].label,
            required=False,
            min_value=0,
            max_value=most,
            error_messages=dict.fromkeys(
                ("invalid", "min_value", "max_value"),
                _("Enter a whole number from 0 to %(most)s.") % {"most": most},
            ),
        )

    def _model_name(self, field: str) -> str:
        name = str(self.cleaned_data[field]).strip()
        if not name.isprintable():
            raise forms.ValidationError(_("A model's name has no breaks or invisible signs."))
        return name

    def _check_model(self, what: str, told: dict[str, Any]) -> None:
        """An endpoint needs a model; a model that was typed needs an endpoint."""
        where, name = f"{what}_endpoint", f"{what}_model"
        if {where, name} & self.errors.keys():
            return
        if told[where] and not told[name]:
            self.add_error(name, _("Name the model that is asked there."))
        elif told[name] and not told[where] and told[name] != self._stored[name]:
            self.add_error(where, _("Choose the endpoint that has this model."))

    def _check_order(self, told: dict[str, Any]) -> None:
        warn, limit, suspend = (told[name] for name in ("warn_at", "limit_at", "suspend_at"))
        if warn and limit and limit < warn:
            said = _("Warnings begin at %(n)s: this cannot come before them.") % {"n": warn}
            self.add_error("limit_at", said)
        earlier = max(warn, limit)
        if suspend and suspend < earlier:
            said = _("Milder measures begin at %(n)s: this cannot come before them.") % {"n": earlier}
            self.add_error("suspend_at", said)

    def _is_stale(self) -> None:
        """What was typed stays in the form; saved again, it goes over what somebody else has saved."""
        by = self.instance.changed_by
        said = _(
            "%(name)s has changed this meanwhile. What you typed is below: save it again, or look first."
        )
        self.add_error(None, said % {"name": by.display_name if by else _("Somebody")})
        self.data = dict(self.data.items()) | {self.add_prefix("seen"): self._stamp}


def _score_field(label: str) -> forms.FloatField:
    said = _("Enter a number from 0 to 1, such as 0.8.")
    return forms.FloatField(
        label=label,
        required=False,
        min_value=0,
        max_value=1,
        widget=forms.NumberInput({"step": "any", "inputmode": "decimal"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), said),
    )


def stamp_of(policy: ModerationPolicy) -> str:
    """Return which saved state this is; "" before anybody has saved one."""
    return policy.changed_at.isoformat() if policy.changed_by_id else ""


def _field_of(category: str) -> str:
    return "threshold_" + (re.sub(r"\W", "_", category) if category != EVERY_OTHER else "other")
