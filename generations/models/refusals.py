"""What moderation refused, and what humans decided about it."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from generations.models.calls import Call
from generations.models.generations import Generation, Source


class Stage(models.TextChoices):
    """When the endpoint refused."""

    INPUT = "input", _("Before making the image")
    OUTPUT = "output", _("After making the image")
    WITHHELD = "withheld", _("Some images were left out")
    UNKNOWN = "unknown", _("Not told")


class RefusalQuerySet(models.QuerySet["Refusal"]):
    def awaiting_review(self) -> "RefusalQuerySet":
        """Without what was imported: another studio has reviewed it, or has not."""
        return self.filter(verdicts__isnull=True).exclude(generation__source=Source.IMPORT)

    def reviewed(self) -> "RefusalQuerySet":
        return self.filter(verdicts__isnull=False).distinct()


class Refusal(models.Model):
    """What the endpoint said no to, in its own words. Written once."""

    call = models.OneToOneField(
        Call, on_delete=models.CASCADE, related_name="refusal", verbose_name=_("call")
    )
    generation = models.ForeignKey(
        Generation, on_delete=models.CASCADE, related_name="refusals", verbose_name=_("generation")
    )
    stage = models.CharField(_("stage"), max_length=12, choices=Stage)
    categories = models.JSONField(_("categories"), default=list)
    code = models.CharField(_("code"), max_length=200, blank=True)
    message = models.TextField(_("endpoint's words"), blank=True)
    request_id = models.CharField(_("request id"), max_length=200, blank=True)
    http_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    asked = models.PositiveSmallIntegerField(_("images asked for"))
    withheld = models.PositiveSmallIntegerField(_("images withheld"))
    created_at = models.DateTimeField(_("refused"), auto_now_add=True)

    objects = RefusalQuerySet.as_manager()

    class Meta:
        verbose_name = _("refusal")
        verbose_name_plural = _("refusals")
        indexes = (models.Index(fields=("-created_at", "-id"), name="refusal_newest"),)

    def __str__(self) -> str:
        return f"{self.code or self.stage} {self.created_at:%Y-%m-%d}"

    @property
    def latest_verdict(self) -> "Verdict | None":
        """The decision in force: the last of the record."""
        verdicts = list(self.verdicts.all())
        return max(verdicts, key=lambda verdict: verdict.pk, default=None)


class Decision(models.TextChoices):
    """What a reviewer thinks of a refusal."""

    RIGHT = "right", _("Rightly refused")
    FALSE_POSITIVE = "false_positive", _("Wrongly refused")
    UNCLEAR = "unclear", _("Unclear")


class Verdict(models.Model):
    """A human's decision on a refusal. Appended, never overwritten: a change of mind is a new row."""

    refusal = models.ForeignKey(
        Refusal, on_delete=models.PROTECT, related_name="verdicts", verbose_name=_("refusal")
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("reviewer")
    )
    decision = models.CharField(_("decision"), max_length=20, choices=Decision)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    created_at = models.DateTimeField(_("decided"), auto_now_add=True)

    class Meta:
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.get_decision_display()

    def save(
        self,
        *,
        force_insert: bool | tuple[models.base.ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        if not self._state.adding:
            raise TypeError("A verdict is never changed; record another one.")
        super().save(
            force_insert=force_insert, force_update=force_update, using=using, update_fields=update_fields
        )
