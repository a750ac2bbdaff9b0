"""An image that was delivered, and where its files are."""

import uuid
from typing import TYPE_CHECKING, Any, Literal

from django.db import models
from django.utils.translation import gettext_lazy as _

from generations.models.calls import Call
from generations.models.generations import KEPT, Generation
from generations.models.sharing import SHARED
from team.models import User

if TYPE_CHECKING:
    from generations.models.order import Tag

Variant = Literal["original", "320", "640"]


class HideReason(models.IntegerChoices):
    """Why a reviewer hides an image, as the page and its keys number it."""

    SEXUAL = 1, _("Sexual content")
    VIOLENCE = 2, _("Violence or injury")
    HATE = 3, _("Hate or harassment")
    PERSON = 4, _("A real person who has not agreed")
    RIGHTS = 5, _("Somebody else's brand, character or work")
    OTHER = 6, _("Against another rule of the team")


# Out of sight until a reviewer has decided. What is hidden has a reason besides.
HELD: dict[str, Any] = {"hidden_at__isnull": False, "hidden_because": None}


class ImageQuerySet(models.QuerySet["Image"]):
    def visible_to(self, user: User) -> "ImageQuerySet":
        """A member's own images and those of shared collections; reviewers also what they are asked about.

        What lies in the trash is its owner's and the reviewers'; what was removed from it has no files. What
        is hidden or held, reviewers alone see, and nobody what is held of their own. Severe cases show their
        images to administrators alone.
        """
        seen = models.Q(generation__member=user) | models.Q(_is_in_a_shared_collection(), trashed_at=None)
        if not user.is_reviewer:
            return self.filter(seen, removed_at__isnull=True, hidden_at__isnull=True)
        own_held = models.Q(generation__member=user, **HELD)
        return self.filter(seen | _is_reviewed_by(user), ~own_held, removed_at__isnull=True)

    def kept(self) -> "ImageQuerySet":
        """Without what lies in the trash or was removed from it, and without what is out of sight."""
        return self.filter(**KEPT, hidden_at=None)

    def held(self) -> "ImageQuerySet":
        """Stored and out of sight until a reviewer has decided; not what its author has taken back."""
        return self.filter(**KEPT, **HELD)

    def kept_or_held(self) -> "ImageQuerySet":
        """What its owner may still delete: kept, or held and not decided yet."""
        return self.filter(**KEPT, hidden_because=None)


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
    is_favourite = models.BooleanField(_("favourite"), default=False)
    # 1 to 5; 0 is not rated.
    rating = models.PositiveSmallIntegerField(_("rating"), default=0)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    tags: "models.ManyToManyField[Tag, Any]" = models.ManyToManyField(
        "Tag", blank=True, related_name="images", verbose_name=_("tags")
    )
    # What it looks like in 64 bits, as a signed number: images that look alike differ in few of them.
    look = models.BigIntegerField(null=True, editable=False)
    trashed_at = models.DateTimeField(_("deleted"), null=True, editable=False)
    # Out of sight, and why: 1 to 6, as the page numbers them; empty as long as it is held for a reviewer, who
    # has not said. Nobody but reviewers sees it.
    hidden_at = models.DateTimeField(_("hidden"), null=True, editable=False)
    hidden_because = models.PositiveSmallIntegerField(null=True, editable=False)
    # Its files are gone; the row stays as the record of what was made.
    removed_at = models.DateTimeField(_("removed"), null=True, editable=False)

    objects = ImageQuerySet.as_manager()

    class Meta:
        verbose_name = _("image")
        verbose_name_plural = _("images")
        ordering = ("call__position", "call__queued_at", "index")
        constraints = (
            models.UniqueConstraint(fields=("call", "index"), name="one_image_per_call_and_index"),
            models.CheckConstraint(condition=models.Q(rating__lte=5), name="at_most_five_stars"),
        )
        indexes = (
            models.Index(fields=("sha256",), name="image_content"),
            models.Index(
                fields=("trashed_at",),
                name="image_trash",
                condition=models.Q(trashed_at__isnull=False, removed_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.width}x{self.height} {self.media_type}"

    @property
    def is_kept(self) -> bool:
        """Whether it is neither in the trash, nor removed from it, nor out of sight."""
        return self.trashed_at is None and self.removed_at is None and self.hidden_at is None

    @property
    def is_held(self) -> bool:
        """Whether it is out of sight because no reviewer has decided yet."""
        return self.hidden_at is not None and self.hidden_because is None

    @property
    def hidden_words(self) -> str:
        """Why a reviewer has hidden it; "" where nobody has."""
        return str(HideReason(self.hidden_because).label) if self.hidden_because else ""

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


def _is_in_a_shared_collection() -> models.Exists:
    shared = Image.objects.filter(collection_items__collection__access__in=SHARED)
    return models.Exists(shared.filter(pk=models.OuterRef("pk")))


def _is_reviewed_by(user: User) -> models.Q:
    """What a case asks reviewers about; generations with a severe one only where administrators ask."""
    asked = Image.objects.filter(pk=models.OuterRef("pk"))
    seen = models.Q(models.Exists(asked.filter(generation__cases__isnull=False)))
    if not user.is_administrator:
        seen &= ~models.Q(models.Exists(asked.filter(generation__cases__is_severe=True)))
    return seen
