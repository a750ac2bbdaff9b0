"""How a member keeps order: tags on images, and searches with a name."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Tag(models.Model):
    """A member's own word for images. Two spellings that fold to the same are one tag."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(_("name"), max_length=60)
    folded = models.CharField(max_length=120, editable=False)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ("folded",)
        constraints = (models.UniqueConstraint(fields=("member", "folded"), name="one_tag_per_word"),)

    def __str__(self) -> str:
        return self.name


class SavedSearch(models.Model):
    """A search of the history under a name: the words and filters of its address."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches"
    )
    name = models.CharField(_("name"), max_length=80)
    # As in the address of the history, without "?", in its one order.
    query = models.TextField(max_length=4000)
    is_pinned = models.BooleanField(_("pinned"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        ordering = ("-is_pinned", "name", "pk")
        constraints = (models.UniqueConstraint(fields=("member", "name"), name="one_saved_search_per_name"),)

    def __str__(self) -> str:
        return self.name
