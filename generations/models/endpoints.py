"""Where images are bought: an endpoint, and the models it sells."""

import os
import re

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from generations.images_api import Connection

# Only variables of this name may hold a key: an endpoint must not be able to send off SECRET_KEY.
_KEY_VARIABLE = re.compile(r"IMAGES_API_KEY(_[A-Z0-9_]{1,40})?")


def check_key_variable(value: str) -> None:
    if not _KEY_VARIABLE.fullmatch(value):
        raise ValidationError(_("Name a variable such as IMAGES_API_KEY or IMAGES_API_KEY_BACKUP."))


def check_base_url(value: str) -> None:
    try:
        Connection(base_url=value, api_key="", deadline=1.0)
    except ValueError as exc:
        raise ValidationError(
            _("This is not the address of an images endpoint; it looks like https://api.example.com/v1.")
        ) from exc


class Endpoint(models.Model):
    """One images endpoint. Its key stays in the environment; the row only names the variable."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    base_url = models.CharField(_("base URL"), max_length=500, validators=[check_base_url])
    key_variable = models.CharField(
        _("variable with the key"),
        max_length=60,
        default="IMAGES_API_KEY",
        validators=[check_key_variable],
        help_text=_("The environment variable of the workers that holds the API key."),
    )
    deadline_seconds = models.PositiveIntegerField(
        _("deadline in seconds"),
        default=600,
        help_text=_(
            "How long one call may take. A short deadline is expensive: the endpoint charges all the same."
        ),
    )
    calls_at_once = models.PositiveIntegerField(_("calls at once"), default=16)
    one_image_per_call = models.BooleanField(
        _("one image per call"),
        default=False,
        help_text=_("Ask for several images in several calls, for endpoints that answer only one."),
    )
    repeat_server_errors = models.BooleanField(
        _("repeat server errors"),
        default=False,
        help_text=_("Ask again after a server error. Only where the endpoint does not charge for them."),
    )
    is_simulator = models.BooleanField(_("simulator"), default=False, editable=False)
    from_environment = models.BooleanField(default=False, editable=False)
    is_active = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def connection(self) -> Connection:
        """Return what a call needs, with the key read now so that a rotated key is picked up."""
        return Connection(
            base_url=self.base_url,
            api_key=os.environ.get(self.key_variable, "simulator" if self.is_simulator else ""),
            deadline=float(self.deadline_seconds),
        )


class EndpointModelQuerySet(models.QuerySet["EndpointModel"]):
    def on_offer(self) -> "EndpointModelQuerySet":
        """The models that a member can choose now, in the administrator's order."""
        return self.filter(is_active=True, endpoint__is_active=True).select_related("endpoint")


class EndpointModel(models.Model):
    """A model that an endpoint sells, under the name that is sent."""

    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="models", verbose_name=_("endpoint")
    )
    name = models.CharField(_("name"), max_length=120, help_text=_("Sent as it is, for example gpt-image-2."))
    label = models.CharField(
        _("label"), max_length=120, blank=True, help_text=_("Shown instead of the name.")
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = EndpointModelQuerySet.as_manager()

    class Meta:
        verbose_name = _("model")
        verbose_name_plural = _("models")
        ordering = ("position", "name")
        constraints = (
            models.UniqueConstraint(fields=("endpoint", "name"), name="one_row_per_endpoint_and_model"),
        )

    def __str__(self) -> str:
        return self.label or self.name
