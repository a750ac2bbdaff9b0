"""Pictures that a member gives to a model: kept once, used by any number of generations."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generations.models.generations import Generation
from generations.models.images import Image
from team.models import User


class ReferenceQuerySet(models.QuerySet["Reference"]):
    def visible_to(self, user: User) -> "ReferenceQuerySet":
        """A member's own references; reviewers see those of generations that they are asked about.

        One that was taken from an image goes out of sight with it, for all if a reviewer has deleted that.
        """
        own = models.Q(member=user)
        if not user.is_reviewer:
            return self.filter(own, image__hidden_at__isnull=True)
        asked = models.Q(uses__generation__cases__isnull=False)
        if not user.is_administrator:
            severe = Generation.objects.filter(reference_uses__reference=models.OuterRef("pk"))
            asked &= ~models.Q(models.Exists(severe.filter(cases__is_severe=True)))
        deleted = models.Q(image__removed_at__isnull=False, image__hidden_at__isnull=False)
        return self.filter(own | asked).exclude(deleted).distinct()


class Reference(models.Model):
    """A picture that was checked, turned upright and written anew without what the camera noted in it.

    The same content of the same member is one row; a picture taken from an image of the studio is a row of
    its own, which says which image it was. The files are shared by their hash.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="references",
        verbose_name=_("member"),
    )
    image = models.ForeignKey(
        Image,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="references",
        verbose_name=_("taken from image"),
    )
    name = models.CharField(_("file name"), max_length=120, blank=True)
    media_type = models.CharField(_("type"), max_length=40)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    bytes = models.PositiveBigIntegerField(_("bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    original = models.CharField(_("original"), max_length=200)
    thumb_320 = models.CharField(_("thumbnail 320"), max_length=200)
    created_at = models.DateTimeField(_("stored"), default=timezone.now, editable=False)

    objects = ReferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("reference image")
        verbose_name_plural = _("reference images")
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("member", "sha256"),
                condition=models.Q(image__isnull=True),
                name="one_reference_per_member_and_content",
            ),
            models.UniqueConstraint(
                fields=("member", "sha256", "image"), name="one_reference_per_member_content_and_image"
            ),
        )

    def __str__(self) -> str:
        return self.name or f"{self.width}x{self.height} {self.media_type}"


class ReferenceRole(models.TextChoices):
    """What a picture is for."""

    REFERENCE = "reference", _("Reference")
    MASK = "mask", _("Mask")


class ReferenceUseQuerySet(models.QuerySet["ReferenceUse"]):
    def as_shown(self) -> "ReferenceUseQuerySet":
        """With their pictures, the mask behind those that it belongs to."""
        return self.select_related("reference").order_by("-role", "position")


class ReferenceUse(models.Model):
    """One picture in one generation, in the member's order; the mask belongs to the first reference."""

    generation = models.ForeignKey(
        Generation, on_delete=models.CASCADE, related_name="reference_uses", verbose_name=_("generation")
    )
    reference = models.ForeignKey(
        Reference, on_delete=models.PROTECT, related_name="uses", verbose_name=_("reference image")
    )
    role = models.CharField(_("role"), max_length=12, choices=ReferenceRole, default=ReferenceRole.REFERENCE)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = ReferenceUseQuerySet.as_manager()

    class Meta:
        verbose_name = _("use of a reference")
        verbose_name_plural = _("uses of references")
        ordering = ("role", "position")
        constraints = (
            models.UniqueConstraint(fields=("generation", "role", "position"), name="one_picture_per_place"),
        )

    def __str__(self) -> str:
        role = self.get_role_display()
        return role if self.role == ReferenceRole.MASK else f"{role} {self.position + 1}"  # one mask at most
