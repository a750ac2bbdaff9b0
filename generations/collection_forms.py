"""The form of a collection: its name, what it is for, and who may see it."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from generations.models import Access


class CollectionForm(forms.Form):
    """For a new one and for its settings, which only its owner changes."""

    name = forms.CharField(
        label=pgettext_lazy("of a thing", "Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    description = forms.CharField(
        label=_("Description"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    access = forms.ChoiceField(
        label=_("Who may see it"),
        choices=Access.choices,
        initial=Access.PRIVATE,
        widget=forms.RadioSelect,
        help_text=_(
            "The team sees the images with their prompts and settings."
            " Favourites, ratings, tags and notes stay yours alone."
        ),
    )
