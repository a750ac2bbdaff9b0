"""What administrators fill in about endpoints and their models."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from generations.images_api import Connection
from generations.models import Endpoint, EndpointModel
from generations.sealing import (
    LEAST_CHARACTERS,
    SecretMissing,
    SecretTooShort,
    SecretUnusable,
    seal,
)

if TYPE_CHECKING:  # Django's own class takes no parameters at run time
    _EndpointForm = forms.ModelForm[Endpoint]
else:
    _EndpointForm = forms.ModelForm

_KEY_LIMIT = 500  # characters
_LONGEST_DEADLINE = 3600  # seconds
_MOST_AT_ONCE = 1000


def secret_words(exc: SecretUnusable) -> str | Promise:
    """Say what an operator has to do about the secret that seals keys."""
    match exc:
        case SecretMissing():
            return _("ENDPOINT_KEY_SECRET is not set, so no key can be stored or read. Set it and restart.")
        case SecretTooShort():
            return format_lazy(
                _("ENDPOINT_KEY_SECRET needs at least {least} characters. Make it longer and restart."),
                least=LEAST_CHARACTERS,
            )
        case _:
            return _("ENDPOINT_KEY_SECRET is not the one that the key was stored with. Type the key again.")


class EndpointForm(_EndpointForm):
    """An endpoint's address, key and limits. The key goes in and never comes out."""

    key = forms.CharField(
        label=_("Key"),
        required=False,
        max_length=_KEY_LIMIT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"}),
    )
    forget_key = forms.BooleanField(label=_("Forget the stored key"), required=False)

    class Meta:
        model = Endpoint
        fields = (
            "name",
            "base_url",
            "key_variable",
            "deadline_seconds",
            "calls_at_once",
            "one_image_per_call",
            "repeat_server_errors",
        )
        labels = {
            "name": _("Name"),
            "base_url": _("Base URL"),
            "key_variable": _("Environment variable with the key"),
            "deadline_seconds": _("Deadline in seconds"),
            "calls_at_once": _("Calls at once"),
            "one_image_per_call": _("One image per call"),
            "repeat_server_errors": _("Repeat server errors"),
        }
        help_texts = {
            "base_url": _("For example https://api.example.com/v1; /v1 is added where it is missing."),
            "key_variable": _(
                "Instead of a stored key: IMAGES_API_KEY, or IMAGES_API_KEY_ and a word of yours. "
                "All workers must have it."
            ),
        }

    field_order = ("name", "base_url", "key", "forget_key", "key_variable")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._origin = _origin(self.instance.base_url)
        self._had_key = self.instance.has_stored_key
        if not self._had_key:
            del self.fields["forget_key"]
        if self.instance.is_simulator:
            self.fields.pop("forget_key", None)
            del self.fields["key"], self.fields["key_variable"]
        else:
            self.fields["key"].help_text = (
                _("A key is stored. Leave this empty to keep it.")
                if self._had_key
                else _("It is stored encrypted and never shown again.")
            )
        if self.instance.from_environment:
            self.fields["base_url"].disabled = True
            self.fields["base_url"].help_text = _("The environment sets it at every start.")
        if self.instance.pk is None:
            # The studio's main key is sent to a new address only when somebody says so.
            self.initial["key_variable"] = ""
        for name, most in (("deadline_seconds", _LONGEST_DEADLINE), ("calls_at_once", _MOST_AT_ONCE)):
            self.fields[name] = forms.IntegerField(
                label=self.fields[name].label,
                help_text=self.fields[name].help_text,
                initial=self.fields[name].initial,
                min_value=1,
                max_value=most,
            )

    def clean_base_url(self) -> str:
        return str(self.cleaned_data["base_url"]).strip()

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"])
        if key and not Connection(base_url="http://localhost", api_key=key).has_usable_key:
            raise ValidationError(_("A key has only letters, digits and signs, without accents or breaks."))
        return key

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.is_simulator or self.errors:
            return cleaned
        key, forgets = cleaned["key"], cleaned.get("forget_key", False)
        keeps = self._had_key and not key and not forgets
        if keeps and _origin(cleaned["base_url"]) != self._origin:
            self.add_error(
                "key",
                _("The base URL names another host. Type the key for it; the stored one is not sent there."),
            )
        elif not key and not keeps and not cleaned["key_variable"]:
            self.add_error("key", _("Type the key, or name the environment variable that holds it."))
        elif key:
            self._seal(key)
        return cleaned

    def save(self, commit: bool = True) -> Endpoint:
        if self.cleaned_data.get("forget_key") and not self.cleaned_data.get("key"):
            self.instance.forget_key()
        if not {"base_url", "key", "forget_key", "key_variable"}.isdisjoint(self.changed_data):
            self.instance.forget_check()
        return super().save(commit)

    def _seal(self, key: str) -> None:
        try:
            self.instance.encrypted_key = seal(key)
        except SecretUnusable as exc:
            self.add_error("key", secret_words(exc))  # type: ignore[arg-type] # lazy words are words


class NewModelsForm(forms.Form):
    """Models to offer: ticked in a list, or one typed by hand."""

    model_name = forms.CharField(
        label=_("Model name"),
        required=False,
        max_length=EndpointModel._meta.get_field("name").max_length,
        help_text=_("Sent as it is, for example gpt-image-2."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_model_name(self) -> str:
        name = str(self.cleaned_data["model_name"])
        if not name.isprintable():
            raise ValidationError(_("A model's name has no breaks or invisible signs."))
        return name

    def names(self) -> list[str]:
        """Every name that was ticked or typed and can be one."""
        field = self.fields["model_name"]
        ticked = self.data.getlist("models") if hasattr(self.data, "getlist") else []
        return [name for name in (*ticked, self.cleaned_data["model_name"]) if name and _is_name(name, field)]


def _is_name(name: str, field: forms.Field) -> bool:
    try:
        field.clean(name)
    except ValidationError:
        return False
    return name.isprintable()


def _origin(base_url: str) -> object:
    try:
        return Connection(base_url=base_url, api_key="").origin
    except ValueError:
        return None
