"""What administrators type into the list of names and words, with a sentence at the field."""

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generations.models import ListedWord, WordEffect, WordKind
from generations.moderation.words import LONGEST, WordList, folded, the_list

if TYPE_CHECKING:
    _ListedWordModelForm = forms.ModelForm[ListedWord]
else:
    _ListedWordModelForm = forms.ModelForm

MOST_SPELLINGS: Final = 60
_LONGEST_SPELLING: Final = 100  # characters
_ALL: Final = ("", gettext_lazy("All"))


class ListedWordForm(_ListedWordModelForm):
    """A name in all its spellings, what it does, and what to say instead."""

    class Meta:
        model = ListedWord
        fields = ("spellings", "kind", "effect", "instead_en", "instead_zh")
        widgets = {
            "spellings": forms.Textarea({"rows": 4, "autocomplete": "off"}),
            "effect": forms.RadioSelect,
        }
        error_messages = {"spellings": {"required": gettext_lazy("Write at least one spelling.")}}

    def clean_spellings(self) -> str:
        lines = (" ".join(line.split()) for line in self.cleaned_data["spellings"].splitlines())
        spellings = {folded(line): line for line in lines if line}
        if len(spellings) > MOST_SPELLINGS:
            raise forms.ValidationError(_("Write at most %(most)s spellings.") % {"most": MOST_SPELLINGS})
        for units, line in spellings.items():
            if len(line) > _LONGEST_SPELLING:
                message = _("“%(spelling)s…” is too long: at most %(most)s characters.")
                raise forms.ValidationError(message % {"spelling": line[:30], "most": _LONGEST_SPELLING})
            if not any(unit.isalnum() for unit in units):
                raise forms.ValidationError(_("“%(spelling)s” has no letter.") % {"spelling": line})
        self._check_others(spellings)
        return "\n".join(spellings.values())

    def clean(self) -> dict[str, Any]:
        """What is said instead must not be stopped itself."""
        cleaned = super().clean() or {}
        itself = ListedWord(spellings=cleaned.get("spellings", ""), effect=WordEffect.STOP)
        for name in ("instead_en", "instead_zh"):
            instead = cleaned.get(name, "")
            for words in (WordList([itself]), the_list()):
                stopping = next((hit for hit in words.find(instead) if hit.stops), None)
                if stopping is not None and name not in self.errors:
                    message = _("“%(phrase)s” is stopped itself; say it otherwise.")
                    self.add_error(name, message % {"phrase": stopping.phrase})
        return cleaned

    def _check_others(self, spellings: dict[tuple[str, ...], str]) -> None:
        others = ListedWord.objects.exclude(pk=self.instance.pk)
        for other in others:
            for spelling in other.spellings.splitlines():
                if folded(spelling) in spellings:
                    message = _("“%(spelling)s” is on the list already.")
                    raise forms.ValidationError(message % {"spelling": spelling})


class FilterForm(forms.Form):
    """Which words are shown."""

    q = forms.CharField(label=gettext_lazy("Search"), required=False, max_length=100)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False, choices=[_ALL, *WordKind.choices])
    effect = forms.ChoiceField(
        label=gettext_lazy("Effect"), required=False, choices=[_ALL, *WordEffect.choices]
    )
    use = forms.ChoiceField(
        label=gettext_lazy("In use"),
        required=False,
        choices=[_ALL, ("yes", gettext_lazy("In use")), ("no", gettext_lazy("Switched off"))],
    )


class TryForm(forms.Form):
    """A prompt that is only looked at."""

    prompt = forms.CharField(
        label=gettext_lazy("Try a prompt"),
        max_length=LONGEST,
        widget=forms.Textarea({"rows": 2, "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write a prompt to try.")},
    )
