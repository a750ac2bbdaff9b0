"""What administrators did to what others had asked for, in Django's own log: the admin pages show it, too."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from generations.models import Generation
from team.models import User

_CANCELLED = "cancelled"


def note_cancelled(generation: Generation, *, by: User) -> None:
    """Keep who cancelled it. What was written stays its member's: the log knows the generation by its id."""
    LogEntry.objects.create(
        user=by,
        content_type=ContentType.objects.get_for_model(Generation),
        object_id=str(generation.pk),
        object_repr=str(generation.pk),
        action_flag=CHANGE,
        change_message=_CANCELLED,
    )


def who_cancelled(generations: Iterable[Generation]) -> Mapping[UUID, str]:
    """Return the names of the administrators who cancelled some of these, by the generation, in one query.

    None is made where nothing was cancelled at all; what its own member cancelled is not among them.
    """
    cancelled = {str(one.pk): one.pk for one in generations if one.cancel_asked_at is not None}
    if not cancelled:
        return {}
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Generation),
        object_id__in=cancelled,
        change_message=_CANCELLED,
    )
    return {
        cancelled[str(entry.object_id)]: entry.user.display_name for entry in entries.select_related("user")
    }
