"""The studio's own list of names and words, which is looked at before anything is sent."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class WordEffect(models.TextChoices):
    WARN = "warn", _("Warns")
    STOP = "stop", _("Stops")


class WordKind(models.TextChoices):
    """What is behind a word, and so what helps instead."""

    ARTIST = "artist", _("Living artist")
    BRAND = "brand", _("Brand")
    CHARACTER = "character", _("Protected character")
    CELEBRITY = "celebrity", _("Famous person")
    OTHER = "other", _("Other")


class ListedWord(models.Model):
    """A name or phrase in all its spellings, and what to say instead.

    Latin spellings fit whole words, Chinese ones anywhere, without regard to case, width and accents.
    """

    spellings = models.TextField(
        _("spellings"), max_length=2000, help_text=_("One in a line, in any language.")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=WordKind, default=WordKind.OTHER)
    effect = models.CharField(_("effect"), max_length=8, choices=WordEffect, default=WordEffect.WARN)
    instead_en = models.CharField(_("say instead, in English"), max_length=300, blank=True)
    instead_zh = models.CharField(_("say instead, in Chinese"), max_length=300, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    # The name under which the studio ships it; "" for what the team has added.
    shipped_as = models.CharField(max_length=60, blank=True, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("listed word")
        verbose_name_plural = _("listed words")
        ordering = ("kind", "spellings")
        constraints = (
            models.UniqueConstraint(
                fields=("shipped_as",),
                condition=~models.Q(shipped_as=""),
                name="one_row_per_shipped_word",
            ),
        )

    def __str__(self) -> str:
        return self.spellings.partition("\n")[0]
