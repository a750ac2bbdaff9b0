"""What is typed into the prompt library, with a sentence at the field."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from generations.models import Access, SavedPrompt

if TYPE_CHECKING:
    _SavedPromptModelForm = forms.ModelForm[SavedPrompt]
else:
    _SavedPromptModelForm = forms.ModelForm

_LONGEST = 32_000  # characters, as the longest prompt that any family takes
_TEXT = {"rows": 6, "autocomplete": "off"}
_VARIABLES = _("Put what changes in braces, like {subject}. You are asked for it when you use the prompt.")


class SavedPromptForm(forms.Form):
    """A prompt to keep."""

    name = forms.CharField(
        label=pgettext_lazy("of a thing", "Name"),
        max_length=120,
        error_messages={"required": _("Give the prompt a name.")},
    )
    text = forms.CharField(
        label=_("Prompt"),
        max_length=_LONGEST,
        widget=forms.Textarea(_TEXT),
        help_text=_VARIABLES,
        error_messages={"required": _("Write the prompt that is to be saved.")},
    )
    access = forms.ChoiceField(
        label=_("Who may use it"), choices=Access.choices, initial=Access.PRIVATE, widget=forms.RadioSelect
    )


class VersionForm(forms.Form):
    """A new version of a saved prompt."""

    text = forms.CharField(
        label=_("Prompt"),
        max_length=_LONGEST,
        widget=forms.Textarea(_TEXT),
        help_text=_VARIABLES,
        error_messages={"required": _("Write the prompt that is to be saved.")},
    )
    note = forms.CharField(label=_("What changed"), max_length=200, required=False)


class SharingForm(_SavedPromptModelForm):
    """What only the owner changes."""

    class Meta:
        model = SavedPrompt
        fields = ("name", "access")
        widgets = {"access": forms.RadioSelect}


class ValuesForm(forms.Form):
    """A field for each variable, in the order in which they stand in the prompt."""

    def __init__(self, *args: Any, names: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place, name in enumerate(names):
            self.fields[f"value{place}"] = forms.CharField(label=name, max_length=2000, required=False)

    def values(self) -> list[str]:
        """Return the values in the order of the names; call it on a valid form, or on one without fields."""
        cleaned = getattr(self, "cleaned_data", {})
        return [cleaned[name] for name in self.fields]
