"""An image that was delivered, and where its files are."""

import uuid
from typing import Literal

from django.db import models
from django.utils.translation import gettext_lazy as _

from generations.models.calls import Call
from generations.models.generations import Generation
from team.models import User

Variant = Literal["original", "320", "640"]


class ImageQuerySet(models.QuerySet["Image"]):
    def visible_to(self, user: User) -> "ImageQuerySet":
        """A member's own images; reviewers also see those of generations that moderation touched."""
        own = models.Q(generation__member=user)
        if user.is_reviewer:
            return self.filter(own | models.Q(generation__refusals__isnull=False)).distinct()
        return self.filter(own)


class Image(models.Model):
    """One delivered image. Storage keys are made of ids and content hashes, never of names from outside."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    generation = models.ForeignKey(
        Generation, on_delete=models.CASCADE, related_name="images", verbose_name=_("generation")
    )
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="images", verbose_name=_("call"))
    index = models.PositiveSmallIntegerField(_("index"))
    media_type = models.CharField(_("type"), max_length=40)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    bytes = models.PositiveBigIntegerField(_("bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    original = models.CharField(_("original"), max_length=200)
    thumb_320 = models.CharField(_("thumbnail 320"), max_length=200)
    thumb_640 = models.CharField(_("thumbnail 640"), max_length=200)
    revised_prompt = models.TextField(_("revised prompt"), blank=True)
    created_at = models.DateTimeField(_("stored"), auto_now_add=True)

    objects = ImageQuerySet.as_manager()

    class Meta:
        verbose_name = _("image")
        verbose_name_plural = _("images")
        ordering = ("call__position", "call__queued_at", "index")
        constraints = (
            models.UniqueConstraint(fields=("call", "index"), name="one_image_per_call_and_index"),
        )

    def __str__(self) -> str:
        return f"{self.width}x{self.height} {self.media_type}"

    def key(self, variant: Variant) -> str:
        return {"original": self.original, "320": self.thumb_320, "640": self.thumb_640}[variant]

    @property
    def alt(self) -> str:
        """Alternative text: the first 120 characters of the prompt, or what else it was asked by."""
        return self.generation.prompt[:120] or self.generation.get_operation_display()

    @property
    def file_name(self) -> str:
        """The name a download gets."""
        return f"{self.created_at:%Y-%m-%d}-{str(self.pk)[:8]}.{self.original.rsplit('.', 1)[-1]}"
