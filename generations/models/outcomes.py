"""What became of prompts, without whose they were: how often a model refused one, and how often not."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PromptOutcome(models.Model):
    """One prompt at one model, known by what it says and by whom nobody can tell.

    `key` is the same for prompts that differ in order and punctuation only. Of prompts that are nearly the
    same most of the 64 bits of `look` are, so that one of its four quarters often is: those are indexed.
    """

    key = models.CharField(max_length=32)
    model = models.CharField(_("model"), max_length=120)
    look = models.BigIntegerField()  # signed, as databases have it
    refused = models.PositiveIntegerField(_("refused"), default=0)
    passed = models.PositiveIntegerField(_("passed"), default=0)
    last_refused_at = models.DateTimeField(_("last refused"), null=True)
    quarter_0 = models.PositiveIntegerField()
    quarter_1 = models.PositiveIntegerField()
    quarter_2 = models.PositiveIntegerField()
    quarter_3 = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("outcome of a prompt")
        verbose_name_plural = _("outcomes of prompts")
        constraints = (models.UniqueConstraint(fields=("key", "model"), name="one_outcome_per_prompt"),)
        # Only refused ones are looked for by what they look like, and they are few.
        indexes = tuple(
            models.Index(
                fields=(f"quarter_{number}",),
                name=f"prompt_quarter_{number}",
                condition=models.Q(refused__gt=0),
            )
            for number in range(4)
        )

    def __str__(self) -> str:
        return f"{self.model}: {self.refused} / {self.passed}"
