"""The line as a whole: what of it stands still and why, and how long it has been."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generations.models.endpoints import Endpoint


class PauseQuerySet(models.QuerySet["Pause"]):
    def standing(self) -> "PauseQuerySet":
        return self.filter(ended_at__isnull=True)


class Pause(models.Model):
    """A time in which nothing was sent: to one model, to one endpoint, for one member, or at all.

    Rows are kept after their end: they say who stopped what, or for which answer the studio did.
    """

    endpoint = models.ForeignKey(
        Endpoint,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="pauses",
        verbose_name=_("endpoint"),
    )
    model = models.CharField(_("model"), max_length=120, blank=True)
    # Whose calls wait; neither an endpoint nor a model is named then.
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="pauses",
        verbose_name=_("member"),
    )
    # Why the studio itself stopped, as a Reason; "" when a person did.
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("paused by"),
    )
    paused_at = models.DateTimeField(_("paused"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ended by"),
    )

    objects = PauseQuerySet.as_manager()

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        ordering = ("-paused_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("endpoint", "model"),
                condition=models.Q(ended_at__isnull=True, endpoint__isnull=False),
                name="one_standing_pause_per_endpoint_and_model",
            ),
            models.UniqueConstraint(
                fields=("model",),
                condition=models.Q(ended_at__isnull=True, endpoint__isnull=True, member__isnull=True),
                name="one_standing_pause_of_everything",
            ),
            models.UniqueConstraint(
                fields=("member",),
                condition=models.Q(ended_at__isnull=True, member__isnull=False),
                name="one_standing_pause_per_member",
            ),
        )

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.endpoint, self.model, self.member) if part) or "*"

    @property
    def is_of_everything(self) -> bool:
        return self.endpoint_id is None and self.member_id is None


class LineSample(models.Model):
    """How long the line was in one minute, for the plots of the last days."""

    minute = models.DateTimeField(_("minute"), unique=True)
    waiting = models.PositiveIntegerField(_("waiting"))
    running = models.PositiveIntegerField(_("running"))

    class Meta:
        verbose_name = _("length of the line")
        verbose_name_plural = _("lengths of the line")
        ordering = ("minute",)

    def __str__(self) -> str:
        return f"{self.minute:%Y-%m-%d %H:%M}: {self.waiting} + {self.running}"
