"""What moderation refused."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from generations.models.calls import Call
from generations.models.generations import Generation


class Stage(models.TextChoices):
    """Who refused, and when."""

    WORD_LIST = "word_list", _("The studio's list of words")
    PRE_CHECK = "pre_check", _("Check before sending")
    INPUT = "input", _("Before making the image")
    OUTPUT = "output", _("After making the image")
    WITHHELD = "withheld", _("Some images were left out")
    TEXT = "text", _("Words instead of an image")
    ACCOUNT = "account", _("The account may not")
    UNKNOWN = "unknown", _("Not told")


class Refusal(models.Model):
    """What the endpoint, or the studio before it, said no to, in its own words. Written once."""

    # None where the studio itself stopped the prompt: nothing was sent.
    call = models.OneToOneField(
        Call, on_delete=models.CASCADE, null=True, blank=True, related_name="refusal", verbose_name=_("call")
    )
    generation = models.ForeignKey(
        Generation, on_delete=models.CASCADE, related_name="refusals", verbose_name=_("generation")
    )
    stage = models.CharField(_("stage"), max_length=12, choices=Stage)
    categories = models.JSONField(_("categories"), default=list)
    reason = models.CharField(max_length=40, blank=True)  # a Reason
    # Which rule of the team said what this is; the rule may have changed since, or be gone.
    rule = models.ForeignKey(
        "generations.AnswerRule", on_delete=models.SET_NULL, null=True, blank=True, related_name="refusals"
    )
    code = models.CharField(_("code"), max_length=200, blank=True)
    message = models.TextField(_("endpoint's words"), blank=True)
    request_id = models.CharField(_("request id"), max_length=200, blank=True)
    http_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    asked = models.PositiveSmallIntegerField(_("images asked for"))
    withheld = models.PositiveSmallIntegerField(_("images withheld"))
    created_at = models.DateTimeField(_("refused"), auto_now_add=True)

    class Meta:
        verbose_name = _("refusal")
        verbose_name_plural = _("refusals")
        indexes = (models.Index(fields=("-created_at", "-id"), name="refusal_newest"),)

    def __str__(self) -> str:
        return f"{self.code or self.stage} {self.created_at:%Y-%m-%d}"
