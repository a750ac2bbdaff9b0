"""How long the line was, minute by minute, for the plots of the last day."""

from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone

from generations.models import Call, CallStatus, LineSample
from generations.models.calls import IN_FLIGHT_STATUSES

KEPT = timedelta(days=3)


def record_sample() -> bool:
    """Write down how many calls wait and run, once a minute whoever asks; False when it was done already."""
    minute = database_now().replace(second=0, microsecond=0)
    if LineSample.objects.filter(minute=minute).exists():
        return False
    line = Call.objects.aggregate(
        waiting=Count("pk", filter=Q(status=CallStatus.QUEUED)),
        running=Count("pk", filter=Q(status__in=IN_FLIGHT_STATUSES)),
    )
    # Two may ask in the same moment: the row of whoever was first stays.
    LineSample.objects.bulk_create([LineSample(minute=minute, **line)], ignore_conflicts=True)
    LineSample.objects.filter(minute__lt=minute - KEPT).delete()
    return True


def database_now() -> datetime:
    """Return the time on the database's clock, which is the one that counts."""
    if connection.vendor == "sqlite":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now.astimezone(UTC)
