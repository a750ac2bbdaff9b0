"""What a model costs at an endpoint, from some day on."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generations.models.endpoints import EndpointModel


class Price(models.Model):
    """A line of a price list, in the studio's currency: per image, per million tokens, or both.

    Lines are not changed once calls were priced by them: a new price is a new line with a later day, and a
    line that no longer holds, without another in its place, is ended. An empty size or quality stands for
    every one that has no line of its own.
    """

    offer = models.ForeignKey(
        EndpointModel, on_delete=models.CASCADE, related_name="prices", verbose_name=_("model")
    )
    size = models.CharField(_("size"), max_length=20, blank=True)
    quality = models.CharField(_("quality"), max_length=20, blank=True)
    per_image = models.DecimalField(_("per image"), max_digits=12, decimal_places=6, null=True, blank=True)
    per_million_text_in = models.DecimalField(
        _("per million tokens of text sent"), max_digits=12, decimal_places=6, null=True, blank=True
    )
    per_million_images_in = models.DecimalField(
        _("per million tokens of images sent"), max_digits=12, decimal_places=6, null=True, blank=True
    )
    per_million_out = models.DecimalField(
        _("per million tokens made"), max_digits=12, decimal_places=6, null=True, blank=True
    )
    valid_from = models.DateTimeField(_("valid from"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ("size", "quality", "-valid_from")
        constraints = (
            models.UniqueConstraint(
                fields=("offer", "size", "quality", "valid_from"), name="one_price_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.offer_id} {self.size} {self.quality}".strip()
