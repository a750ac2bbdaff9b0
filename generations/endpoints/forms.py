"""What administrators fill in about endpoints and their models."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from generations.endpoints.secrets import WriteOnlyInput, check_proxy, secret_words
from generations.images_api import Connection
from generations.models import Endpoint, EndpointModel
from generations.sealing import SecretUnusable

if TYPE_CHECKING:  # Django's own class takes no parameters at run time
    _EndpointForm = forms.ModelForm[Endpoint]
    _OfferForm = forms.ModelForm[EndpointModel]
else:
    _EndpointForm = forms.ModelForm
    _OfferForm = forms.ModelForm

_KEY_LIMIT = 500  # characters
_LONGEST_DEADLINE = 3600  # seconds
_MOST_AT_ONCE = 1000
_MOST_PER_MINUTE = 10_000
_MOST_PREVIEWS = 3
_PROXY_LIMIT = 500  # characters
# What an earlier check was about.
_WHERE_TO = {"base_url", "key", "forget_key", "key_variable", "proxy", "forget_proxy"}


class EndpointForm(_EndpointForm):
    """An endpoint's address, key, proxy and limits. Key and proxy go in and never come out."""

    key = forms.CharField(
        label=_("Key"),
        required=False,
        max_length=_KEY_LIMIT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"}),
    )
    forget_key = forms.BooleanField(label=_("Forget the stored key"), required=False)
    proxy = forms.CharField(
        label=_("Proxy"),
        required=False,
        max_length=_PROXY_LIMIT,
        widget=WriteOnlyInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        validators=[check_proxy],
    )
    forget_proxy = forms.BooleanField(label=_("Use no proxy any more"), required=False)

    class Meta:
        model = Endpoint
        fields = (
            "name",
            "base_url",
            "key_variable",
            "deadline_seconds",
            "calls_at_once",
            "calls_per_minute",
            "partial_images",
            "one_image_per_call",
            "moderation_on_edits",
            "repeat_server_errors",
        )
        labels = {
            "name": pgettext_lazy("of a thing", "Name"),
            "base_url": _("Base URL"),
            "key_variable": _("Environment variable with the key"),
            "deadline_seconds": _("Deadline in seconds"),
            "calls_at_once": _("Calls at once"),
            "calls_per_minute": _("Calls per minute"),
            "one_image_per_call": _("One image per call"),
            "partial_images": _("Previews while an image is made"),
            "moderation_on_edits": _("Send moderation with edits"),
            "repeat_server_errors": _("Repeat server errors"),
        }
        help_texts = {
            "base_url": _("For example https://api.example.com/v1; /v1 is added where it is missing."),
            "key_variable": _(
                "Instead of a stored key: IMAGES_API_KEY, or IMAGES_API_KEY_ and a word of yours. "
                "All workers must have it."
            ),
        }

    field_order = ("name", "base_url", "key", "forget_key", "key_variable", "proxy", "forget_proxy")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._origin = _origin(self.instance.base_url)
        self._had_key = self.instance.has_stored_key
        self._describe_secrets()
        if self.instance.from_environment:
            self.fields["base_url"].disabled = True
            self.fields["base_url"].help_text = _("The environment sets it at every start.")
        if self.instance.pk is None:
            # The studio's main key is sent to a new address only when somebody says so.
            self.initial["key_variable"] = ""
        for name, least, most in (
            ("deadline_seconds", 1, _LONGEST_DEADLINE),
            ("calls_at_once", 1, _MOST_AT_ONCE),
            ("calls_per_minute", 0, _MOST_PER_MINUTE),
            ("partial_images", 0, _MOST_PREVIEWS),
        ):
            self.fields[name] = forms.IntegerField(
                label=self.fields[name].label,
                help_text=self.fields[name].help_text,
                initial=self.fields[name].initial,
                required=least > 0,
                min_value=least,
                max_value=most,
            )

    def clean_base_url(self) -> str:
        return str(self.cleaned_data["base_url"]).strip()

    def clean_calls_per_minute(self) -> int:
        return self.cleaned_data["calls_per_minute"] or 0

    def clean_partial_images(self) -> int:
        return self.cleaned_data["partial_images"] or 0

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"])
        if key and not Connection(base_url="http://localhost", api_key=key).has_usable_key:
            raise ValidationError(_("A key has only letters, digits and signs, without accents or breaks."))
        return key

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.is_simulator or self.errors:
            return cleaned
        key, proxy, base_url = cleaned["key"], cleaned["proxy"], str(cleaned["base_url"])
        keeps = self._had_key and not key and not cleaned.get("forget_key", False)
        if keeps and _origin(base_url) != self._origin:
            self.add_error(
                "key",
                _("The base URL names another host. Type the key for it; the stored one is not sent there."),
            )
        elif keeps and proxy and base_url.lower().startswith("http:"):
            self.add_error(
                "key",
                _("Without https the new proxy reads the key. Type the key again if that is meant."),
            )
        elif not key and not keeps and not cleaned["key_variable"]:
            self.add_error("key", _("Type the key, or name the environment variable that holds it."))
        else:
            self._seal(key=key, proxy=proxy)
        return cleaned

    def save(self, commit: bool = True) -> Endpoint:
        if self.cleaned_data.get("forget_key") and not self.cleaned_data.get("key"):
            self.instance.forget_key()
        if self.cleaned_data.get("forget_proxy") and not self.cleaned_data.get("proxy"):
            self.instance.store_proxy("")
        if self.leads_elsewhere:
            self.instance.forget_check()
        return super().save(commit)

    @property
    def leads_elsewhere(self) -> bool:
        """Whether calls go to another address, by another way or with another key than before."""
        return not _WHERE_TO.isdisjoint(self.changed_data)

    def _describe_secrets(self) -> None:
        """Say what is stored without showing it, and ask for nothing that the simulator does not need."""
        if self.instance.is_simulator:
            for name in ("key", "forget_key", "key_variable", "proxy", "forget_proxy"):
                del self.fields[name]
            return
        if not self._had_key:
            del self.fields["forget_key"]
        if not self.instance.encrypted_proxy:
            del self.fields["forget_proxy"]
        self.fields["key"].help_text = (
            _("A key is stored. Leave this empty to keep it.")
            if self._had_key
            else _("It is stored encrypted and never shown again.")
        )
        self.fields["proxy"].help_text = (
            _("A proxy is set. Leave this empty to keep it.")
            if self.instance.encrypted_proxy
            else _("Only if calls must go through one: http://user:password@host:port. Stored encrypted.")
        )

    def _seal(self, *, key: str, proxy: str) -> None:
        for field, secret, store in (
            ("key", key, self.instance.store_key),
            ("proxy", proxy, self.instance.store_proxy),
        ):
            try:
                if secret:
                    store(secret)
            except SecretUnusable as exc:
                self.add_error(field, secret_words(exc))  # type: ignore[arg-type] # lazy words are words


class OfferForm(_OfferForm):
    """What one model is called here, and limits of its own."""

    deadline_seconds = forms.IntegerField(
        label=_("Deadline in seconds"),
        required=False,
        min_value=1,
        max_value=_LONGEST_DEADLINE,
        help_text=_("Empty: the endpoint's, or what the model may need if that is longer."),
    )
    calls_at_once = forms.IntegerField(
        label=_("Calls at once"),
        required=False,
        min_value=1,
        max_value=_MOST_AT_ONCE,
        help_text=_("Empty: as many as the endpoint takes."),
    )

    class Meta:
        model = EndpointModel
        fields = ("label", "deadline_seconds", "calls_at_once")
        labels = {"label": _("Label")}


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
