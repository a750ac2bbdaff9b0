"""What a reviewer says of a case, and the sentence with which a member asks for a review."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from generations.models import Case, CaseKind, Decision, HideReason
from generations.review import Ruling
from generations.review.deciding import CHOICES
from generations.review.sight import DELETING

_NOT_WHOLE = _("This form was not whole. Look at it again, then decide.")
_HIDE = "hide-"  # and the number of the reason


class RulingForm(forms.Form):
    """One decision: each of its buttons is a value of the first field."""

    decision = forms.CharField(
        max_length=40,
        error_messages={"required": _("Choose a decision."), "max_length": _("Choose a decision.")},
    )
    version = forms.IntegerField(
        min_value=0,
        error_messages=dict.fromkeys(("required", "invalid", "min_value"), _NOT_WHOLE),
    )
    image = forms.UUIDField(required=False)
    release = forms.ChoiceField(required=False)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Why you decide so, for other reviewers. It stays in the record."),
    )

    def __init__(self, *args: Any, case: Case, releases: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        field = self.fields["release"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker what the class body says
        field.choices = [("", ""), *releases]

    def clean_decision(self) -> Decision:
        """Tell a reason from the decision that it belongs to."""
        said = self.cleaned_data["decision"]
        self.reason: int | None = None
        if said.startswith(_HIDE) and said.removeprefix(_HIDE) in map(str, HideReason.values):
            self.reason = int(said.removeprefix(_HIDE))
            return Decision.HIDE
        allowed = {*CHOICES[self.case.kind], Decision.SHOW, Decision.ESCALATE} - {Decision.HIDE}
        if said == Decision.HIDE:
            raise forms.ValidationError(_("Say why the image is hidden: 1 to 6."))
        if said not in {one.value for one in allowed}:
            raise forms.ValidationError(_("Choose a decision."))
        return Decision(said)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision") != Decision.RELEASE:
            cleaned["release"] = ""  # the choice lies in the same form as the other decisions
        elif not cleaned.get("release"):
            self.add_error("release", _("Choose what one more run may differ in."))
        is_about_image = cleaned.get("decision") in (Decision.HIDE, Decision.SHOW)
        if cleaned.get("decision") == Decision.HIDE and self.case.kind == CaseKind.HELD:
            is_about_image = False  # all that is held is meant where none is named
        if is_about_image and not (cleaned.get("image") or self.case.image_id):
            self.add_error("decision", _("Choose an image."))
        return cleaned

    def ruling(self, release: dict[str, Any]) -> Ruling:
        """Return what was said; call it on a valid form only."""
        return Ruling(
            decision=self.cleaned_data["decision"],
            note=self.cleaned_data["note"],
            reason=self.reason,
            image=self.cleaned_data["image"],
            release=release,
        )


class DeletionForm(forms.Form):
    """The last question before an image goes for good, or before somebody else is asked to agree."""

    decision = forms.ChoiceField(
        choices=[(one.value, one.label) for one in DELETING],
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose a decision.")),
    )
    version = forms.IntegerField(
        min_value=0,
        error_messages=dict.fromkeys(("required", "invalid", "min_value"), _NOT_WHOLE),
    )
    reason = forms.TypedChoiceField(
        label=_("Because of"),
        coerce=int,
        choices=[("", _("Choose a reason")), *HideReason.choices],
        error_messages={"required": _("Say why the image is deleted.")},
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Why you decide so, for other reviewers. It stays in the record."),
    )

    def ruling(self, image: UUID) -> Ruling:
        """Return what was said; call it on a valid form only."""
        return Ruling(
            decision=Decision(self.cleaned_data["decision"]),
            note=self.cleaned_data["note"],
            reason=self.cleaned_data["reason"],
            image=image,
        )


class WordsForm(forms.Form):
    """A sentence for the reviewers."""

    words = forms.CharField(
        label=_("In your own words"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write a sentence, so that the reviewers know what you mean.")},
    )
