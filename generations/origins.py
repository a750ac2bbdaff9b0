"""The part of the form that says where a submission comes from, and where its images go."""

from collections.abc import Mapping
from typing import Any, TypedDict
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from generations.models import Collection, Generation, PromptVersion, SavedPrompt, Source
from generations.moderation.proposals import words_of
from generations.moderation.rewriting import proposed_to
from generations.prompt_library import filled, is_filled, variables
from generations.reference_choice import PicturesForm
from team.models import User

_MOST_VALUES = 40


class Origins(TypedDict):
    """What an order says beside its parameters."""

    source: Source
    prompt_version: PromptVersion | None
    collection: Collection | None


class OriginsForm(PicturesForm):
    """What is hidden in it may be cut or forged: it is believed as far as the member may see it."""

    saved = forms.CharField(required=False, widget=forms.HiddenInput)  # the key of a version
    remix_of = forms.CharField(required=False, widget=forms.HiddenInput)  # the id of a generation
    rewrite = forms.CharField(required=False, widget=forms.HiddenInput)  # the id of a proposal
    collection = forms.ModelChoiceField(
        label=_("Into the collection"),
        queryset=Collection.objects.none(),
        required=False,
        empty_label=_("None"),
        error_messages={"invalid_choice": _("This collection is not there any more. Choose another one.")},
    )

    def __init__(self, *args: Any, member: User, **kwargs: Any) -> None:
        super().__init__(*args, member=member, **kwargs)
        field = self.fields["collection"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - tells the type checker what stands above
        field.queryset = Collection.objects.changeable_by(member).in_use().order_by("name")

    def origins(self) -> Origins:
        """Return what the order says beside its parameters; call it on a valid form only."""
        given = self.cleaned_data.get("remix_of", "")
        version = seen_version(self.cleaned_data.get("saved", ""), member=self.member)
        # The field stays while the prompt is written anew: what came of other words is not the version's.
        is_used = version is not None and is_filled(self.cleaned_data.get("prompt", ""), version.text)
        return {
            "source": Source.REMIX if own_generation(given, member=self.member) else Source.FORM,
            "prompt_version": version if is_used else None,
            "collection": self.cleaned_data.get("collection"),
        }

    def retried(self) -> Generation | None:
        """Return what was refused before in other words; call it on a valid form only."""
        proposal = proposed_to(self.member, self.cleaned_data.get("rewrite", ""))
        return proposal.generation if proposal else None


def own_generation(given: str, *, member: User) -> Generation | None:
    """Return the member's generation of this id; somebody else's is as good as none."""
    try:
        pk = UUID(given)
    except ValueError:
        return None
    return Generation.objects.visible_to(member).filter(pk=pk).first()


def seen_version(given: str, *, member: User) -> PromptVersion | None:
    """Return the version of this key, if it belongs to a saved prompt that the member may use."""
    if not given.isascii() or not given.isdecimal() or len(given) > 18:
        return None
    seen = SavedPrompt.objects.visible_to(member)
    return PromptVersion.objects.filter(pk=int(given), saved_prompt__in=seen).first()


def from_saved(query: QueryDict, *, member: User) -> Mapping[str, str]:
    """Return what a saved prompt fills the form with (`/?saved=<key>&value=…`, in the variables' order)."""
    version = seen_version(query.get("saved", ""), member=member)
    if version is None:
        return {}
    values = dict(zip(variables(version.text), query.getlist("value")[:_MOST_VALUES], strict=False))
    return {"prompt": filled(version.text, values), "saved": str(version.pk)}


def from_rewrite(given: str, *, source: Generation, member: User) -> Mapping[str, str]:
    """Return the other words that were proposed for a generation, to go where its own stood."""
    proposal = proposed_to(member, given)
    if proposal is None or proposal.generation_id != source.pk or not proposal.prompt:
        return {}
    return {"prompt": words_of(proposal), "rewrite": str(proposal.pk)}
