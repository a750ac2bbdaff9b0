"""One request to an endpoint, from waiting in line to its settled end."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generations.images_api import Reason
from generations.models.endpoints import Endpoint
from generations.models.generations import Generation


class CallStatus(models.TextChoices):
    """Where a call is. `sent` is committed just before the first byte leaves; after it nothing is repeated.

    queued -> claimed -> sent -> received -> settled
       ^         |         '---> unknown --'   (a late answer still moves on)
       '---------'  nothing was sent: back in line, free
    queued | claimed -> settled when it is cancelled or can never be sent
    received -> unknown when a middlebox answered in the endpoint's place
    """

    QUEUED = "queued", _("Waiting")
    CLAIMED = "claimed", _("Connecting")
    SENT = "sent", _("Sent")
    RECEIVED = "received", _("Received")
    SETTLED = "settled", _("Settled")
    UNKNOWN = "unknown", _("Unknown")


OPEN_STATUSES = (CallStatus.QUEUED, CallStatus.CLAIMED, CallStatus.SENT, CallStatus.RECEIVED)
IN_FLIGHT_STATUSES = (CallStatus.CLAIMED, CallStatus.SENT)


class CallOutcome(models.TextChoices):
    """How a settled call ended.

    Repeated: a new call stands in its place, because this one cost nothing. Discarded: it was paid for and
    arrived, and the member did not want it any more.
    """

    NONE = "", _("None yet")
    SUCCEEDED = "succeeded", _("Succeeded")
    PARTIAL = "partial", _("Partial")
    BLOCKED = "blocked", _("Blocked")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    REPEATED = "repeated", _("Repeated")
    DISCARDED = "discarded", _("Discarded")


class CallQuerySet(models.QuerySet["Call"]):
    def waiting(self) -> "CallQuerySet":
        """In line and allowed to start now."""
        due = models.Q(not_before__isnull=True) | models.Q(not_before__lte=Now())
        return self.filter(due, status=CallStatus.QUEUED, member__is_active=True, endpoint__is_active=True)

    def in_flight(self) -> "CallQuerySet":
        return self.filter(status__in=IN_FLIGHT_STATUSES)

    def abandoned(self) -> "CallQuerySet":
        """Claimed or sent by a worker that has given no sign of life for a lease, on the database's clock."""
        return self.in_flight().filter(lease_until__lt=Now())

    def awaiting_settlement(self) -> "CallQuerySet":
        """Answered and spooled, with nobody at work on it."""
        free = models.Q(lease_until__isnull=True) | models.Q(lease_until__lt=Now())
        due = models.Q(not_before__isnull=True) | models.Q(not_before__lte=Now())
        return self.filter(free, due, status=CallStatus.RECEIVED)


class Call(models.Model):
    """One request to the endpoint. A repeat is a new row; rows are never reused once something was sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    generation = models.ForeignKey(
        Generation, on_delete=models.CASCADE, related_name="calls", verbose_name=_("generation")
    )
    # Copies of the generation's, so that the line is read from one table.
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("member")
    )
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.PROTECT, related_name="+", verbose_name=_("endpoint")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    n = models.PositiveSmallIntegerField(_("images asked for"))
    repeats = models.PositiveSmallIntegerField(_("repeats so far"), default=0)
    # An administrator's word: higher goes before everybody's turn, below 0 behind it.
    priority = models.SmallIntegerField(_("priority"), default=0)

    status = models.CharField(_("status"), max_length=12, choices=CallStatus, default=CallStatus.QUEUED)
    outcome = models.CharField(
        _("outcome"), max_length=12, choices=CallOutcome, blank=True, default=CallOutcome.NONE
    )
    epoch = models.PositiveIntegerField(_("claims"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True)
    worker = models.CharField(_("worker"), max_length=120, blank=True)
    spool_host = models.CharField(_("spool host"), max_length=120, blank=True)
    not_before = models.DateTimeField(_("not before"), null=True)
    settle_attempts = models.PositiveSmallIntegerField(_("attempts to settle"), default=0)

    queued_at = models.DateTimeField(_("in line since"), default=timezone.now)
    claimed_at = models.DateTimeField(_("claimed"), null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    received_at = models.DateTimeField(_("received"), null=True)
    settled_at = models.DateTimeField(_("settled"), null=True)

    http_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    request_id = models.CharField(_("request id"), max_length=200, blank=True)
    body_bytes = models.PositiveBigIntegerField(_("bytes received"), null=True)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    endpoint_code = models.CharField(_("endpoint's code"), max_length=200, blank=True)
    endpoint_message = models.TextField(_("endpoint's words"), blank=True)
    usage = models.JSONField(_("usage"), null=True)
    # In the studio's currency, by the price that was valid when it was sent; empty where none is known.
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=6, null=True)
    effective_size = models.CharField(_("size used"), max_length=20, blank=True)
    effective_quality = models.CharField(_("quality used"), max_length=20, blank=True)
    effective_background = models.CharField(_("background used"), max_length=20, blank=True)
    effective_output_format = models.CharField(_("format used"), max_length=20, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ("queued_at", "position")
        indexes = (
            # The line and what is in flight are a sliver of the table; history is the rest.
            models.Index(
                fields=("status", "member", "endpoint", "queued_at"),
                name="call_line",
                condition=models.Q(status__in=OPEN_STATUSES),
            ),
            models.Index(fields=("generation", "position"), name="call_generation"),
            # How many of an endpoint's calls were sent within the last minute.
            models.Index(
                fields=("endpoint", "sent_at"), name="call_sent", condition=models.Q(sent_at__isnull=False)
            ),
            # What an administrator looks through: few among many.
            models.Index(
                fields=("-settled_at",),
                name="call_unknown",
                condition=models.Q(status=CallStatus.UNKNOWN.value),
            ),
            models.Index(
                fields=("-settled_at",),
                name="call_unclassified",
                condition=models.Q(reason=Reason.UNCLASSIFIED.value),
            ),
            models.Index(
                fields=("-queued_at", "-id"), name="call_said_no", condition=~models.Q(endpoint_message="")
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk} {self.status}"

    @property
    def seconds(self) -> float | None:
        """How long the endpoint took, in seconds."""
        if self.sent_at is None or self.received_at is None:
            return None
        return (self.received_at - self.sent_at).total_seconds()


def lease(seconds: float) -> "models.ExpressionWrapper[CombinedExpression]":
    """An expression for so many seconds from now, on the database's clock: workers' clocks may be wrong."""
    return models.ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=models.DateTimeField())
