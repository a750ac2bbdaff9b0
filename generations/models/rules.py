"""How this team's endpoints say no, where the studio's own table does not know their words."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generations.images_api import Reason
from generations.models.endpoints import Endpoint
from generations.models.refusals import Stage


class AnswerRule(models.Model):
    """Fits an answer when everything that it names is there; goes before the studio's own table.

    `says` is looked for in the endpoint's words without regard to case; an asterisk in it stands for any
    characters. It is no regular expression, so that none can take for ever.
    """

    endpoint = models.ForeignKey(
        Endpoint,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="rules",
        verbose_name=_("endpoint"),
        help_text=_("Empty: every endpoint."),
    )
    model = models.CharField(_("model"), max_length=120, blank=True)
    http_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    code = models.CharField(_("code or type"), max_length=200, blank=True)
    says = models.CharField(_("words"), max_length=300, blank=True)
    # What it means: a Reason, and for a refusal when and for what.
    reason = models.CharField(_("means"), max_length=40, default=Reason.MODERATION_BLOCKED.value)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage, blank=True)
    category = models.CharField(_("category"), max_length=40, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("rule for answers")
        verbose_name_plural = _("rules for answers")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.says or self.code or str(self.http_status or self.pk)
