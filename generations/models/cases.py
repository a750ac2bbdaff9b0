"""What waits for a human decision, the decisions, and what follows from them."""

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generations.models.generations import Generation
from generations.models.images import Image
from generations.models.refusals import Refusal
from team.models import User


class CaseKind(models.TextChoices):
    REFUSAL = "refusal", _("Refused")
    HELD = "held", _("Held")
    FLAGGED = "flagged", _("Flagged before sending")
    REPORT = "report", _("Reported")
    APPEAL = "appeal", _("Appeal")


class CaseQuerySet(models.QuerySet["Case"]):
    def waiting(self) -> "CaseQuerySet":
        return self.filter(decided_at__isnull=True)

    def decided(self) -> "CaseQuerySet":
        return self.filter(decided_at__isnull=False)

    def for_reviewer(self, user: User) -> "CaseQuerySet":
        """What this reviewer may look at: severe ones are administrators', to show them to the fewest."""
        return self if user.is_administrator else self.filter(is_severe=False)


class Case(models.Model):
    """One question to a reviewer: was this refusal right, may this image stay, is this appeal just?"""

    kind = models.CharField(_("kind"), max_length=10, choices=CaseKind)
    generation = models.ForeignKey(
        Generation, on_delete=models.CASCADE, related_name="cases", verbose_name=_("generation")
    )
    # Copies of what the generation and the refusal say, so that a page of cases is found in one table.
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("member")
    )
    model = models.CharField(_("model"), max_length=120)
    # Each between two line ends, in small letters: what is looked for is a whole one. On PostgreSQL an index
    # over them is made by the migration 0019_indexes_of_cases.
    categories = models.TextField(blank=True)
    refusal = models.ForeignKey(
        Refusal,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("refusal"),
    )
    # Reported ones name the image.
    image = models.ForeignKey(
        Image, on_delete=models.CASCADE, null=True, blank=True, related_name="cases", verbose_name=_("image")
    )
    # Who reported or appealed; None for what the studio opened by itself.
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    words = models.TextField(_("in their words"), max_length=2000, blank=True)
    # Of what is held: the line that it reached, and its highest score, both from 0 to 1.
    held_from = models.FloatField(null=True, editable=False)
    score = models.FloatField(null=True, editable=False)
    is_severe = models.BooleanField(_("severe"), default=False)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now, editable=False)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Who has it open; a claim ends some minutes after its last sign.
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    # Raised by every decision: a form that bears an older number is stale.
    version = models.PositiveIntegerField(default=0)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = (
            models.UniqueConstraint(
                fields=("refusal",), condition=models.Q(kind="refusal"), name="one_case_per_refusal"
            ),
            models.UniqueConstraint(
                fields=("refusal",), condition=models.Q(kind="appeal"), name="one_appeal_per_refusal"
            ),
            models.UniqueConstraint(
                fields=("generation",),
                condition=models.Q(kind="flagged"),
                name="one_flagged_case_per_generation",
            ),
            models.UniqueConstraint(
                fields=("generation",),
                condition=models.Q(kind="held"),
                name="one_held_case_per_generation",
            ),
            models.UniqueConstraint(
                fields=("image", "opened_by"),
                condition=models.Q(kind="report", decided_at__isnull=True),
                name="one_open_report_per_member_and_image",
            ),
        )
        # With what reviewers do not see at the end, so that they are counted from an index alone.
        # What reviewers do not see stands at the end, so that cases are counted from an index alone.
        indexes = (
            models.Index(
                fields=("opened_at", "id", "is_severe"),
                name="case_waiting",
                condition=models.Q(decided_at__isnull=True),
            ),
            models.Index(
                fields=("-decided_at", "-id", "is_severe"),
                name="case_decided",
                condition=models.Q(decided_at__isnull=False),
            ),
            models.Index(
                fields=("member", "-decided_at", "-id", "is_severe"),
                name="case_decided_member",
                condition=models.Q(decided_at__isnull=False),
            ),
            models.Index(
                fields=("model", "-decided_at", "-id", "is_severe"),
                name="case_decided_model",
                condition=models.Q(decided_at__isnull=False),
            ),
            models.Index(
                fields=("kind", "-decided_at", "-id", "is_severe"),
                name="case_decided_kind",
                condition=models.Q(decided_at__isnull=False),
            ),
            models.Index(fields=("opened_at", "id"), name="case_opened"),
            # What is rare among the waiting would be looked for through all of them.
            models.Index(
                fields=("member", "opened_at", "id", "is_severe"),
                name="case_waiting_member",
                condition=models.Q(decided_at__isnull=True),
            ),
            models.Index(
                fields=("model", "opened_at", "id", "is_severe"),
                name="case_waiting_model",
                condition=models.Q(decided_at__isnull=True),
            ),
            models.Index(
                fields=("kind", "opened_at", "id", "is_severe"),
                name="case_waiting_kind",
                condition=models.Q(decided_at__isnull=True),
            ),
            models.Index(
                fields=("opened_at", "id"),
                name="case_waiting_severe",
                condition=models.Q(decided_at__isnull=True, is_severe=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.opened_at:%Y-%m-%d}"

    @property
    def latest_verdict(self) -> "Verdict | None":
        """The decision in force: the last one that answers the question and was not undone."""
        return self.standing_without(None)

    def standing_without(self, taken_back: "Verdict | None") -> "Verdict | None":
        """Return the decision in force once another one is undone as well."""
        record = self.verdicts.all()
        undone = {verdict.undoes_id for verdict in record} | {taken_back.pk if taken_back else None}
        standing = (
            one for one in record if one.pk not in undone and self.is_answer(one.decision, one.image_id)
        )
        return max(standing, key=lambda verdict: verdict.pk, default=None)

    @property
    def category_list(self) -> list[str]:
        return self.categories.strip("\n").splitlines()

    def is_answer(self, decision: str, image: UUID | None) -> bool:
        """Whether a decision answers this question; one about another image of the job does not."""
        if decision in (Decision.HIDE, Decision.SHOW, Decision.DELETE):
            is_reported = self.kind == CaseKind.REPORT and image == self.image_id
            # There every image of the job is meant.
            return is_reported or self.kind in (CaseKind.FLAGGED, CaseKind.HELD)
        return decision in ANSWERS


class Decision(models.TextChoices):
    """What a reviewer decided: of a refusal, of an image, or about an earlier decision."""

    RIGHT = "right", _("Rightly refused")
    FALSE_POSITIVE = "false_positive", _("Wrongly refused")
    UNCLEAR = "unclear", _("Unclear")
    APPROVE = "approve", _("Approved")
    HIDE = "hide", _("Hidden")
    SHOW = "show", _("Shown again")
    RELEASE = "release", _("One more run released")
    ESCALATE = "escalate", _("Left to administrators")
    ASK_TO_DELETE = "ask_to_delete", _("Deletion proposed")
    DELETE = "delete", _("Deleted for good")
    WITHDRAW = "withdraw", _("Withdrawn by its author")
    UNDO = "undo", _("Undone")


ANSWERS = frozenset(
    {
        Decision.RIGHT,
        Decision.FALSE_POSITIVE,
        Decision.UNCLEAR,
        Decision.APPROVE,
        Decision.RELEASE,
        Decision.WITHDRAW,
    }
)


class Verdict(models.Model):
    """A human's decision. Appended, never overwritten: a change of mind is a new row.

    It is a reviewer's, but for an author who takes back what is held.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="verdicts", verbose_name=_("case"))
    image = models.ForeignKey(
        Image, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("image")
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("reviewer")
    )
    decision = models.CharField(_("decision"), max_length=20, choices=Decision)
    # Why an image is hidden: 1 to 6, as the page numbers them.
    reason = models.PositiveSmallIntegerField(_("reason"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by"
    )
    # What it changed, as the record shows it.
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(_("decided"), auto_now_add=True)

    class Meta:
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.get_decision_display()

    def save(
        self,
        *,
        force_insert: bool | tuple[models.base.ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        if not self._state.adding:
            raise TypeError("A verdict is never changed; record another one.")
        super().save(
            force_insert=force_insert, force_update=force_update, using=using, update_fields=update_fields
        )


class Look(models.Model):
    """Somebody other than its member looked at a prompt, or at images as well."""

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="looks")
    saw_images = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("look")
        verbose_name_plural = _("looks")
        indexes = (models.Index(fields=("generation", "-at"), name="look_generation"),)

    def __str__(self) -> str:
        return f"{self.reader_id} {self.at:%Y-%m-%d}"
