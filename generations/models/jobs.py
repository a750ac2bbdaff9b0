"""Long work on many images at once, that a member may leave and come back to."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class JobStatus(models.TextChoices):
    """waiting -> running -> done | failed | cancelled; running -> waiting when its worker was lost."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Job(models.Model):
    """What is to be done to a selection or to all that match, how far it has come, and what came of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="jobs")
    # The name of the action, as in generations/jobs/.
    kind = models.CharField(max_length=20)
    arguments = models.JSONField(default=dict)
    # What it is about: ids of images, or the address of a search as it stood at `created_at`.
    images = models.JSONField(default=list)
    query = models.TextField(blank=True)
    status = models.CharField(_("status"), max_length=10, choices=JobStatus, default=JobStatus.WAITING)
    total = models.PositiveIntegerField(null=True)
    done = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)  # gone or not the member's any more when it ran
    # How far a run got, so that the next one goes on there.
    place = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    # Storage key and size of the file that was made, if one was.
    file = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    bytes = models.PositiveBigIntegerField(null=True)
    lease_until = models.DateTimeField(null=True)
    epoch = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("member", "-created_at"), name="job_of_member"),
            models.Index(
                fields=("created_at",),
                name="job_open",
                condition=models.Q(status__in=("waiting", "running")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.status}"
