"""The form of a rule for answers."""

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from generations.explanations import explain
from generations.models import AnswerRule, Endpoint, Stage
from generations.moderation.rules import MEANINGS, REFUSALS

if TYPE_CHECKING:  # Django's own classes take no parameters at run time
    RuleModelForm = forms.ModelForm[AnswerRule]
else:
    RuleModelForm = forms.ModelForm

# Categories as endpoints name them; a team may have others.
CATEGORIES: Final = (
    "sexual",
    "sexual/minors",
    "violence",
    "self-harm",
    "hate",
    "harassment",
    "artist",
    "brand",
)
# When an endpoint says no; the other stages are the studio's own.
_STAGES: Final = (Stage.INPUT, Stage.OUTPUT, Stage.TEXT, Stage.ACCOUNT)


class RuleForm(RuleModelForm):
    """What an answer looks like, and what it means."""

    takes_over = forms.BooleanField(
        label=_("Read answers anew that the studio understands, too"),
        required=False,
        help_text=_("From the next answer on. What is in the history stays as it is."),
    )

    class Meta:
        model = AnswerRule
        fields = ("endpoint", "model", "http_status", "code", "says", "reason", "stage", "category")
        widgets = {
            "says": forms.Textarea(attrs={"rows": 2}),
            "category": forms.TextInput(attrs={"list": "categories", "autocomplete": "off"}),
        }
        help_texts = {
            "model": _("Empty: every model."),
            "http_status": _("Empty: any."),
            "code": _("As the endpoint writes it. Empty: any."),
            "says": _(
                "Somewhere in the endpoint's words, capitals or not."
                " An asterisk stands for anything in between."
            ),
            "stage": _("Of a refusal. Empty: as the endpoint tells."),
            "category": _("Of a refusal. Empty: as the endpoint tells."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        endpoints: QuerySet[Endpoint] = Endpoint.objects.order_by("name")
        self.fields["endpoint"] = forms.ModelChoiceField(
            endpoints,
            required=False,
            label=_("Endpoint"),
            empty_label=_("Every endpoint"),
            initial=self.initial.get("endpoint"),
        )
        self.fields["reason"] = forms.ChoiceField(
            label=_("What it means"), choices=[(reason.value, _sentence(reason)) for reason in MEANINGS]
        )
        stages = [("", _("As the endpoint tells")), *((stage.value, stage.label) for stage in _STAGES)]
        self.fields["stage"] = forms.ChoiceField(label=_("Stage"), choices=stages, required=False)

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if not (told.get("http_status") or told.get("code") or (told.get("says") or "").strip("* \r\n\t")):
            self.add_error("says", _("Name something of the answer: its words, its code or its HTTP status."))
        if told.get("http_status") and not 100 <= told["http_status"] <= 599:
            self.add_error("http_status", _("An HTTP status has three digits, such as 400."))
        if told.get("reason") not in REFUSALS:
            told["stage"], told["category"] = "", ""
        return told


def _sentence(reason: str) -> str:
    explanation = explain(reason)
    return str(explanation.sentence) if explanation else reason
