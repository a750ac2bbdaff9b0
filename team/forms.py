from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from team.models import Invitation, Language, Role, Theme, User, normalised_email
from team.passwords import PASSWORD_HINT

if TYPE_CHECKING:
    _UserForm = forms.ModelForm[User]
else:
    _UserForm = forms.ModelForm

MEMBER_EXISTS = _("A member with this e-mail address exists already.")


class AddressField(forms.EmailField):
    """An e-mail address in the one spelling that is stored; its length is counted in that spelling."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": User._meta.get_field("email").max_length, **kwargs})

    def to_python(self, value: Any) -> str:
        return normalised_email(super().to_python(value) or "")


class InviteForm(forms.Form):
    email = AddressField(
        label=_("E-mail"),
        required=False,
        help_text=_("Leave it empty to make a link that you pass on yourself."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.MEMBER)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email and User.objects.filter(email=email).exists():
            raise forms.ValidationError(MEMBER_EXISTS, code="member_exists")
        return email


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, widget=forms.RadioSelect)


class JoinForm(forms.Form):
    email = AddressField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    name = forms.CharField(
        label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("Password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices, required=False)

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation
        if invitation.email:
            del self.fields["email"]
        self.fields["password1"].help_text = PASSWORD_HINT
        spoken = get_language()
        self.initial.setdefault("language", spoken if spoken in Language.values else Language.BROWSER)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(MEMBER_EXISTS, code="member_exists")
        return email

    def clean(self) -> None:
        data = self.cleaned_data
        if "password1" not in data:
            return
        if "password2" in data and data["password1"] != data["password2"]:
            self.add_error("password2", _("The two passwords are not the same."))
        somebody = User(email=self.invitation.email or data.get("email", ""), name=data.get("name", ""))
        try:
            validate_password(data["password1"], somebody)
        except forms.ValidationError as error:
            self.add_error("password1", error)


class SettingsForm(_UserForm):
    name = forms.CharField(
        label=_("Name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )

    class Meta:
        model = User
        fields = ("name", "language", "theme", "density", "single_keys", "notifies")
        labels = {
            "language": _("Language"),
            "theme": _("Appearance"),
            "density": _("Size of the images in the history"),
            "single_keys": _("Single keys, such as C for the prompt and ? for the list of keys"),
            "notifies": _("Notify me when images are ready and the studio is open in another tab"),
        }
        help_texts = {
            "single_keys": _("Keys with Ctrl, ⌘ or Alt always work. No key counts while you are writing."),
            "notifies": _("Each browser asks for its own permission. The page then goes on asking, slowly."),
        }
        widgets = {"density": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["density"].required = False  # a page from before it was asked for does not send it

    def clean_density(self) -> str:
        return self.cleaned_data["density"] or self.instance.density


class PreferencesForm(forms.Form):
    """What the menu offers to everybody, signed in or not. A field that was not sent is not changed."""

    language = forms.ChoiceField(choices=Language.choices, required=False)
    theme = forms.ChoiceField(choices=Theme.choices, required=False)

    def chosen(self) -> dict[str, str]:
        """The valid choices that were sent."""
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if name in self.data}
