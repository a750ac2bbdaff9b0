"""What a member asked for, and how it ended."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generations.models.endpoints import Endpoint
from team.models import User


class GenerationStatus(models.TextChoices):
    """Where a generation is.

    queued -> running -> succeeded | partial | blocked | failed | unknown | cancelled
    running -> queued when its calls wait again; unknown -> any end when a late answer arrives.
    """

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Done")
    PARTIAL = "partial", _("Partly done")
    BLOCKED = "blocked", _("Blocked")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Unknown")
    CANCELLED = "cancelled", _("Cancelled")


class Operation(models.TextChoices):
    """What is asked of the endpoint; the values are the last part of its address."""

    GENERATIONS = "generations", _("New image")
    EDITS = "edits", _("From reference images")
    VARIATIONS = "variations", _("Variation")


ACTIVE_STATUSES = (GenerationStatus.QUEUED, GenerationStatus.RUNNING)


class Outcome(models.TextChoices):
    """What moderation did, as far as the endpoint told."""

    NONE = "none", _("No decision")
    PASSED = "passed", _("Passed")
    WITHHELD = "withheld", _("Withheld in part")
    BLOCKED = "blocked", _("Blocked")


class Source(models.TextChoices):
    """How a generation came to be."""

    FORM = "form", _("Form")
    RETRY = "retry", _("Asked again")
    REMIX = "remix", _("Remix")
    SERIES = "series", _("Series")
    IMPORT = "import", _("Imported")


class Shape(models.TextChoices):
    """What the first delivered image looks like."""

    SQUARE = "square", _("Square")
    LANDSCAPE = "landscape", _("Landscape")
    PORTRAIT = "portrait", _("Portrait")

    @classmethod
    def of(cls, width: int, height: int) -> "Shape":
        if width == height:
            return cls.SQUARE
        return cls.LANDSCAPE if width > height else cls.PORTRAIT


# Of an image: neither in the trash nor removed from it.
KEPT = {"trashed_at": None, "removed_at": None}


_RESULTS = ("calls", "refusals", "reference_uses")  # what a batch is told from, beside its images


class GenerationQuerySet(models.QuerySet["Generation"]):
    def visible_to(self, user: User) -> "GenerationQuerySet":
        """A member's own generations. Reviewers see others' through the review pages only."""
        return self.filter(member=user)

    def kept(self) -> "GenerationQuerySet":
        """Without what lies in the trash."""
        return self.filter(trashed_at__isnull=True)

    def newest_first(self) -> "GenerationQuerySet":
        return self.order_by("-created_at", "-id")

    def older_than(self, created_at: datetime, pk: uuid.UUID) -> "GenerationQuerySet":
        """What follows a place in newest_first(), however deep, without counting what precedes it."""
        return self.filter(models.Q(created_at__lt=created_at) | models.Q(created_at=created_at, id__lt=pk))

    def with_images(self) -> "GenerationQuerySet":
        """What has come of each; nothing from the trash."""
        made = self.model._meta.get_field("images").related_model
        images = models.Prefetch("images", queryset=made._default_manager.filter(**KEPT))
        return self.prefetch_related(images)

    def with_results(self) -> "GenerationQuerySet":
        """Everything that a batch of tiles shows, in a constant number of queries; nothing from the trash."""
        return self.with_images().select_related("endpoint").prefetch_related(*_RESULTS)


class Generation(models.Model):
    """One submission of the form: the prompt and every parameter, exactly as asked.

    A parameter that is empty was left to the endpoint and is not sent.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="generations",
        verbose_name=_("member"),
    )
    submit_token = models.UUIDField(_("submission token"), editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, verbose_name=_("endpoint"))
    model = models.CharField(_("model"), max_length=120)
    operation = models.CharField(
        _("kind"), max_length=12, choices=Operation, default=Operation.GENERATIONS, editable=False
    )
    # Only a variation has none.
    prompt = models.TextField(_("prompt"), blank=True)
    n = models.PositiveSmallIntegerField(_("images asked for"))
    size = models.CharField(_("size"), max_length=20, blank=True)
    aspect_ratio = models.CharField(_("aspect ratio"), max_length=20, blank=True)
    quality = models.CharField(_("quality"), max_length=20, blank=True)
    style = models.CharField(_("style"), max_length=20, blank=True)
    background = models.CharField(_("background"), max_length=20, blank=True)
    moderation = models.CharField(_("moderation"), max_length=20, blank=True)
    output_format = models.CharField(_("format"), max_length=20, blank=True)
    output_compression = models.PositiveSmallIntegerField(_("compression"), null=True, blank=True)
    input_fidelity = models.CharField(_("fidelity to references"), max_length=20, blank=True)
    retry_of = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="retries",
        verbose_name=_("again from"),
    )
    status = models.CharField(
        _("status"), max_length=12, choices=GenerationStatus, default=GenerationStatus.QUEUED, editable=False
    )
    outcome = models.CharField(
        _("moderation outcome"), max_length=12, choices=Outcome, default=Outcome.NONE, editable=False
    )
    reason = models.CharField(_("reason"), max_length=40, blank=True, editable=False)
    images_count = models.PositiveSmallIntegerField(_("images delivered"), default=0, editable=False)
    created_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    # What was sent cannot be called back: it is paid for, and the member says whether it is kept.
    cancel_asked_at = models.DateTimeField(_("cancelled"), null=True, editable=False)
    keeps_after_cancel = models.BooleanField(_("keep what still arrives"), default=True, editable=False)
    # Where its images go as they arrive, and which saved prompt it was asked by.
    collection = models.ForeignKey(
        "Collection",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("collection"),
    )
    prompt_version = models.ForeignKey(
        "PromptVersion",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="generations",
        verbose_name=_("saved prompt"),
    )
    # What it was asked side by side with: the same prompt with one setting at several values.
    series = models.UUIDField(_("series"), null=True, editable=False)
    source = models.CharField(_("source"), max_length=8, choices=Source, default=Source.FORM, editable=False)
    # Copies of what its images and calls say, so that a page of the history is read from one table.
    shape = models.CharField(_("shape"), max_length=10, choices=Shape, blank=True, editable=False)
    best_rating = models.PositiveSmallIntegerField(_("best rating"), default=0, editable=False)
    favourites = models.PositiveSmallIntegerField(_("favourites"), default=0, editable=False)
    # In the studio's currency; empty where no price is known, which is not the same as free.
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=6, null=True, editable=False)
    # In the trash: deleted as a whole, or all of its images were.
    trashed_at = models.DateTimeField(_("deleted"), null=True, editable=False)
    # Its words and images are gone, as the team's policy has it; what it cost stays.
    forgotten_at = models.DateTimeField(_("forgotten"), null=True, editable=False)

    objects = GenerationQuerySet.as_manager()

    class Meta:
        verbose_name = _("generation")
        verbose_name_plural = _("generations")
        constraints = (
            models.UniqueConstraint(fields=("member", "submit_token"), name="one_generation_per_submission"),
            models.CheckConstraint(condition=models.Q(n__gte=1, n__lte=10), name="one_to_ten_images"),
        )
        indexes = (
            # On PostgreSQL it also carries what the history filters by: see the migration 0008_search.
            models.Index(fields=("member", "-created_at", "-id"), name="generation_history"),
            models.Index(fields=("-created_at", "-id"), name="generation_newest"),
            models.Index(
                fields=("member", "-best_rating", "-created_at", "-id"), name="generation_by_rating"
            ),
            # What has no price comes behind what was free.
            models.Index(
                "member",
                Coalesce("cost", models.Value(-1), output_field=models.DecimalField()).desc(),
                models.F("created_at").desc(),
                models.F("id").desc(),
                name="generation_by_cost",
            ),
            models.Index(fields=("member", "-changed_at"), name="generation_changes"),
            # How much of a member's was refused is counted from it, however rare that is.
            models.Index(fields=("member", "outcome"), name="generation_outcomes"),
            models.Index(
                fields=("series",), name="generation_series", condition=models.Q(series__isnull=False)
            ),
            models.Index(
                fields=("trashed_at",),
                name="generation_trash",
                condition=models.Q(trashed_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.prompt[:60]

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE_STATUSES
