"""What administrators have set for the whole team about moderation, and what was found before sending."""

import uuid
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generations.models.endpoints import Endpoint
from generations.models.generations import Generation

_ONE_ROW = 1
_LONGEST = 3650  # days


def _days(label: Any, **more: Any) -> "models.PositiveIntegerField[int, int]":
    return models.PositiveIntegerField(label, default=0, validators=[MaxValueValidator(_LONGEST)], **more)


class ModerationPolicy(models.Model):
    """One row. What is empty or 0 is off, and so is everything as long as nobody has saved anything."""

    # POST /v1/moderations of what is about to be sent.
    check_endpoint = models.ForeignKey(
        Endpoint,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("check prompts at"),
        help_text=_("Empty: nothing is checked before it is sent."),
    )
    check_model = models.CharField(
        _("model of the check"), max_length=120, blank=True, default="omni-moderation-latest"
    )
    checks_pictures = models.BooleanField(_("check reference images, too"), default=False)
    fails_open = models.BooleanField(
        _("send when the check does not answer"),
        default=True,
        help_text=_("Otherwise it waits, and fails free of charge after some tries."),
    )
    # Of a check that hung: until then nothing that may be sent without it asks it again.
    check_away_until = models.DateTimeField(null=True, editable=False)
    # By category as the endpoint names it, 0 to 1: what reaches it is stopped. "*" is every other category.
    thresholds = models.JSONField(_("thresholds"), default=dict, blank=True)
    # 0 to 1: what is sent although a category reaches it is stored, and held until a reviewer has decided.
    hold_from = models.FloatField(
        _("hold images from score"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    # POST /v1/chat/completions, for other words where a prompt was refused.
    rewrite_endpoint = models.ForeignKey(
        Endpoint,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("propose other words at"),
        help_text=_("Empty: no other words are proposed."),
    )
    rewrite_model = models.CharField(_("chat model"), max_length=120, blank=True)
    # Refusals in a row; 0 never stops.
    stop_member_after = models.PositiveSmallIntegerField(
        _("pause a member after refusals in a row"), default=0, validators=[MaxValueValidator(100)]
    )
    stop_model_after = models.PositiveSmallIntegerField(
        _("pause a model after refusals in a row"), default=0, validators=[MaxValueValidator(100)]
    )
    # Strikes: refusals that a reviewer has called right, for as long as they count.
    strike_days = models.PositiveSmallIntegerField(
        _("days that a strike counts"),
        default=90,
        validators=[MinValueValidator(1), MaxValueValidator(_LONGEST)],
    )
    warn_at = models.PositiveSmallIntegerField(_("warn from strikes"), default=0)
    limit_at = models.PositiveSmallIntegerField(_("one generation at a time from strikes"), default=0)
    suspend_at = models.PositiveSmallIntegerField(_("nothing new from strikes"), default=0)
    # Afterwards words and images are gone; times, parameters and cost stay.
    keep_passed_days = _days(_("keep what passed, in days"))
    keep_refused_days = _days(_("keep what was refused, in days"))
    keep_failed_days = _days(_("keep what failed, in days"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("moderation policy")
        verbose_name_plural = _("moderation policy")
        constraints = (models.CheckConstraint(condition=models.Q(pk=_ONE_ROW), name="one_moderation_policy"),)

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @property
    def check_is_away(self) -> bool:
        """Whether the check hung a moment ago, and things are sent without it."""
        until = self.check_away_until
        return self.fails_open and until is not None and until > timezone.now()

    @classmethod
    def current(cls) -> "ModerationPolicy":
        """Return what holds: the row, or everything switched off where there is none yet."""
        return cls.objects.filter(pk=_ONE_ROW).first() or cls(pk=_ONE_ROW)


class PreCheck(models.Model):
    """What POST /v1/moderations said of a generation before it was sent. Asked once for all of its calls."""

    generation = models.OneToOneField(
        Generation, on_delete=models.CASCADE, related_name="pre_check", verbose_name=_("generation")
    )
    endpoint = models.ForeignKey(Endpoint, on_delete=models.SET_NULL, null=True, related_name="+")
    model = models.CharField(_("model"), max_length=120)
    # By category, 0 to 1: the highest of the prompt and its pictures.
    scores = models.JSONField(_("scores"), default=dict)
    # Categories that reached their threshold: it was not sent.
    stopped_for = models.JSONField(default=list)
    # Categories that the model itself flagged below the threshold: it was sent, and reviewers are asked.
    flagged_for = models.JSONField(default=list)
    # Categories that reached the line from which images are held, the highest first, and that line as it was.
    held_for = models.JSONField(default=list)
    held_from = models.FloatField(null=True)
    # The sentence with the highest score in one of those or, where there are none, in the highest category
    # from 0.1 on; "" where no sentence stands out.
    sentence = models.TextField(blank=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"))
    checked_at = models.DateTimeField(_("checked"), default=timezone.now)

    class Meta:
        verbose_name = _("check before sending")
        verbose_name_plural = _("checks before sending")

    def __str__(self) -> str:
        return f"{self.model} {self.checked_at:%Y-%m-%d}"


class RewriteStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class Rewrite(models.Model):
    """Other words that a chat model proposes for a prompt that was refused. A person takes them or not."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    generation = models.ForeignKey(
        Generation, on_delete=models.CASCADE, related_name="rewrites", verbose_name=_("generation")
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="+")
    model = models.CharField(_("model"), max_length=120)
    status = models.CharField(_("status"), max_length=8, choices=RewriteStatus, default=RewriteStatus.WAITING)
    prompt = models.TextField(_("proposed prompt"), blank=True)
    reason = models.CharField(_("reason"), max_length=40, blank=True)  # a Reason, of a failed one
    input_tokens = models.PositiveIntegerField(_("input tokens"), null=True)
    output_tokens = models.PositiveIntegerField(_("output tokens"), null=True)
    # In the studio's currency, by the price when it was asked; None: not known. 0 where nothing was sent.
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=6, null=True)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    # When a worker took it, so that no other one asks and pays a second time.
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("proposed prompt")
        verbose_name_plural = _("proposed prompts")
        ordering = ("-asked_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("generation",),
                condition=models.Q(status="waiting"),
                name="one_waiting_rewrite_per_generation",
            ),
        )

    def __str__(self) -> str:
        return self.prompt[:60]
