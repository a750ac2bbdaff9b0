"""Sets of images that members put together and order by hand."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generations.models.images import Image
from generations.models.sharing import SHARED, Access
from team.models import User


class CollectionQuerySet(models.QuerySet["Collection"]):
    def visible_to(self, user: User) -> "CollectionQuerySet":
        """A member's own and those that the team may look at."""
        return self.filter(models.Q(owner=user) | models.Q(access__in=SHARED))

    def changeable_by(self, user: User) -> "CollectionQuerySet":
        """Those whose images the member may add, take out and order."""
        return self.filter(models.Q(owner=user) | models.Q(access=Access.EDIT))

    def in_use(self) -> "CollectionQuerySet":
        return self.filter(archived_at__isnull=True)


class Collection(models.Model):
    """A named set; its owner alone renames, shares, archives and deletes it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="collections",
        verbose_name=_("owner"),
    )
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    access = models.CharField(_("who may see it"), max_length=8, choices=Access, default=Access.PRIVATE)
    # Empty: the first image.
    cover = models.ForeignKey(
        Image, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("cover")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    archived_at = models.DateTimeField(_("archived"), null=True, editable=False)

    objects = CollectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("collection")
        verbose_name_plural = _("collections")
        ordering = ("-changed_at", "name")

    def __str__(self) -> str:
        return self.name


class CollectionItem(models.Model):
    """One image in one collection, at its place."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="items")
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="collection_items")
    position = models.PositiveIntegerField(default=0)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("image in a collection")
        verbose_name_plural = _("images in collections")
        ordering = ("position", "pk")
        constraints = (
            models.UniqueConstraint(fields=("collection", "image"), name="an_image_once_in_a_collection"),
        )

    def __str__(self) -> str:
        return f"{self.collection_id} {self.position}"
