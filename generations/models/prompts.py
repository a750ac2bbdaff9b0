"""Prompts that are kept under a name, with their versions."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generations.models.sharing import SHARED, Access
from team.models import User


class SavedPromptQuerySet(models.QuerySet["SavedPrompt"]):
    def visible_to(self, user: User) -> "SavedPromptQuerySet":
        """A member's own and those that the team may use."""
        return self.filter(models.Q(owner=user) | models.Q(access__in=SHARED))

    def changeable_by(self, user: User) -> "SavedPromptQuerySet":
        return self.filter(models.Q(owner=user) | models.Q(access=Access.EDIT))

    def in_use(self) -> "SavedPromptQuerySet":
        return self.filter(archived_at__isnull=True)


class SavedPrompt(models.Model):
    """A prompt with a name. What it says is in its versions; the newest is the one on offer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="saved_prompts"
    )
    name = models.CharField(_("name"), max_length=120)
    access = models.CharField(_("who may use it"), max_length=8, choices=Access, default=Access.PRIVATE)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    archived_at = models.DateTimeField(_("archived"), null=True, editable=False)

    objects = SavedPromptQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved prompt")
        verbose_name_plural = _("saved prompts")
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name


class PromptVersion(models.Model):
    """What a saved prompt said from some day on. Written once: generations refer to it."""

    saved_prompt = models.ForeignKey(SavedPrompt, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    # With variables in braces, {like this}.
    text = models.TextField(_("prompt"))
    note = models.CharField(_("what changed"), max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("version of a prompt")
        verbose_name_plural = _("versions of prompts")
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("saved_prompt", "number"), name="one_version_per_number"),
        )

    def __str__(self) -> str:
        return f"{self.saved_prompt_id} {self.number}"
