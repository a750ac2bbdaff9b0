"""Where images are bought: an endpoint, and the models it sells."""

import os
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generations.images_api import AbilityError, Connection, Family, family_of
from generations.sealing import SecretUnusable, seal, unseal

# Only variables of this name may hold a key: an endpoint must not be able to send off SECRET_KEY.
_KEY_VARIABLE = re.compile(r"IMAGES_API_KEY(_[A-Z0-9_]{1,40})?")


def check_key_variable(value: str) -> None:
    if not _KEY_VARIABLE.fullmatch(value):
        raise ValidationError(_("Name a variable such as IMAGES_API_KEY or IMAGES_API_KEY_BACKUP."))


def usable_changes(catalogue: Family, abilities: object) -> dict[str, Any]:
    """Return what of the stored abilities can be: a newer catalogue may know other ones than the row."""
    usable: dict[str, Any] = {}
    for name, value in abilities.items() if isinstance(abilities, dict) else ():
        try:
            usable[name] = catalogue.changed({name: value}).abilities()[name]
        except AbilityError:
            continue
    return usable


def check_base_url(value: str) -> None:
    try:
        Connection(base_url=value, api_key="", deadline=1.0)
    except ValueError as exc:
        raise ValidationError(
            _("This is not the address of an images endpoint; it looks like https://api.example.com/v1.")
        ) from exc


class KeySource(StrEnum):
    """Where an endpoint's key comes from, or why there is none."""

    STORED = "stored"
    UNREADABLE = "unreadable"  # stored, and ENDPOINT_KEY_SECRET does not open it
    VARIABLE = "variable"
    UNSET_VARIABLE = "unset_variable"
    NONE = "none"
    NOT_NEEDED = "not_needed"  # the simulator takes any


class Endpoint(models.Model):
    """One images endpoint. Its key is stored encrypted, or stays in an environment variable that is named."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    base_url = models.CharField(_("base URL"), max_length=500, validators=[check_base_url])
    key_variable = models.CharField(
        _("variable with the key"),
        max_length=60,
        blank=True,
        default="IMAGES_API_KEY",
        validators=[check_key_variable],
        help_text=_("The environment variable of the workers that holds the API key."),
    )
    encrypted_key = models.TextField(blank=True, default="", editable=False)
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
    calls_per_minute = models.PositiveIntegerField(
        _("calls per minute"),
        default=0,
        help_text=_("How many calls may start within a minute. 0 is no limit."),
    )
    partial_images = models.PositiveSmallIntegerField(
        _("previews while an image is made"),
        default=0,
        validators=[MaxValueValidator(3)],
        help_text=_("0 to 3, where the model can. Each may be charged, and some gateways lose the answer."),
    )
    moderation_on_edits = models.BooleanField(
        _("send moderation with edits"),
        default=False,
        help_text=_("Many endpoints refuse it when reference images are sent."),
    )
    # May hold a password, and is sealed like a key.
    encrypted_proxy = models.TextField(blank=True, default="", editable=False)
    is_simulator = models.BooleanField(_("simulator"), default=False, editable=False)
    from_environment = models.BooleanField(default=False, editable=False)
    is_active = models.BooleanField(_("in use"), default=True)
    # Calls in a row that found nobody at the address; a connection that stands sets it back.
    refused_connects = models.PositiveIntegerField(default=0, editable=False)
    checked_at = models.DateTimeField(_("checked"), null=True, editable=False)
    # Why the last check failed, as a Reason; "" when it went well.
    check_reason = models.CharField(max_length=40, blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def connection(self) -> Connection:
        """Return what a call needs, with the key read now so that a rotated key is picked up.

        Without the proxy that was asked for there is no key either: a call must not go around it.
        """
        try:
            proxy = unseal(self.encrypted_proxy) if self.encrypted_proxy else None
        except SecretUnusable:
            return Connection(base_url=self.base_url, api_key="")
        return Connection(
            base_url=self.base_url,
            api_key=self._key(),
            deadline=float(self.deadline_seconds),
            proxy=proxy,
        )

    def family_of(self, model: str) -> Family:
        """Return what a model takes here: the catalogue's word, with what the administrator changed."""
        offer = self.models.filter(name=model).first()
        return offer.family if offer else family_of(model)

    @property
    def host(self) -> str:
        """The host and its port, for pages that have no room for the whole address."""
        return urlsplit(self.base_url).netloc

    @property
    def has_stored_key(self) -> bool:
        return bool(self.encrypted_key)

    @property
    def key_source(self) -> KeySource:
        if self.has_stored_key:
            return KeySource.STORED if self._key() else KeySource.UNREADABLE
        if self.is_simulator:
            return KeySource.NOT_NEEDED
        if not self.key_variable:
            return KeySource.NONE
        return KeySource.VARIABLE if self._key() else KeySource.UNSET_VARIABLE

    def store_key(self, key: str) -> None:
        """Keep a key on the row, encrypted; raises SecretUnusable. The row is not saved here."""
        self.encrypted_key = seal(key)

    def forget_key(self) -> None:
        self.encrypted_key = ""

    def forget_check(self) -> None:
        """What was found out is about another address or key. The row is not saved here."""
        self.checked_at, self.check_reason = None, ""

    def record_check(self, reason: str) -> None:
        self.checked_at, self.check_reason = timezone.now(), reason
        self.save(update_fields=["checked_at", "check_reason"])

    @transaction.atomic
    def offer(self, names: Iterable[str]) -> int:
        """Add models behind those already there; return how many were new."""
        known = set(self.models.values_list("name", flat=True))
        new = [name for name in dict.fromkeys(names) if name not in known]
        start = (self.models.aggregate(last=models.Max("position"))["last"] or 0) + 1
        EndpointModel.objects.bulk_create(
            (
                EndpointModel(endpoint=self, name=name, position=start + index)
                for index, name in enumerate(new)
            ),
            ignore_conflicts=True,
        )
        return len(new)

    def store_proxy(self, proxy: str) -> None:
        """Keep the address of a proxy on the row, encrypted; raises SecretUnusable. "" is none."""
        self.encrypted_proxy = seal(proxy) if proxy else ""

    def _key(self) -> str:
        if self.has_stored_key:
            try:
                return unseal(self.encrypted_key)
            except SecretUnusable:
                # A call then ends as "key unusable", and the page of endpoints says what to do.
                return ""
        return os.environ.get(self.key_variable, "").strip() or ("simulator" if self.is_simulator else "")


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
    deadline_seconds = models.PositiveIntegerField(
        _("deadline in seconds"), null=True, blank=True, help_text=_("Empty: the endpoint's.")
    )
    calls_at_once = models.PositiveIntegerField(
        _("calls at once"), null=True, blank=True, help_text=_("Empty: the endpoint's.")
    )
    # What the administrator knows better than the catalogue, by the names of Family's fields.
    abilities = models.JSONField(_("abilities"), default=dict, blank=True)

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

    @property
    def family(self) -> Family:
        """What the model takes at this endpoint."""
        catalogue = family_of(self.name)
        return catalogue.changed(usable_changes(catalogue, self.abilities))

    @transaction.atomic
    def move(self, step: int) -> None:
        """Change places with the model before (-1) or after (1) it."""
        order = list(self.endpoint.models.all())
        here = order.index(self)
        there = here + step
        if 0 <= there < len(order):
            order[here], order[there] = order[there], order[here]
        for position, model in enumerate(order):
            model.position = position
        EndpointModel.objects.bulk_update(order, ["position"])
