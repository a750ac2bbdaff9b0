"""Whose generations, and which of them: every condition of a search as one queryset without an order."""

from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from generations import search
from generations.history.asked import Asked
from generations.history.of_images import of_copies, with_a_fitting_image
from generations.models import Generation, Operation, Outcome
from generations.models.generations import ACTIVE_STATUSES, GenerationQuerySet
from team.models import User

# Fields of Asked that are columns of the generation under the same name.
COLUMNS: Final = (
    "status",
    "outcome",
    "model",
    "endpoint",
    "size",
    "shape",
    "quality",
    "background",
    "n",
    "source",
)


# A refusal is told by the outcome as soon as a generation has ended.
WAS_REFUSED: Final = Q(outcome__in=(Outcome.WITHHELD, Outcome.BLOCKED)) | Q(status__in=ACTIVE_STATUSES)


def found_by(asked: Asked, user: User) -> GenerationQuerySet:
    """Return everything kept that fits and that the user may see."""
    return narrowed(found_by_columns(asked, user), asked, user)


def found_by_columns(asked: Asked, user: User) -> GenerationQuerySet:
    """Return what fits as far as its own row tells, which an index holds."""
    return _seen_by(asked, user).kept().filter(_of_row(asked))


def names_columns(asked: Asked) -> bool:
    """Whether found_by_columns() leaves out anything of the history that is looked at."""
    return bool(_of_row(asked))


def narrowed(
    found: GenerationQuerySet, asked: Asked, user: User, *, are_few: bool = False
) -> GenerationQuerySet:
    """Return what also fits as far as other tables tell: its words and its images."""
    return search.matching(
        found.filter(with_a_fitting_image(asked, user)),
        words=asked.words,
        categories=asked.category,
        member=_whose(asked, user),
        by_index=not are_few,
    )


def reads_texts(asked: Asked) -> bool:
    """Whether narrowed() looks at words, of prompts or of refusals."""
    return bool(asked.words or asked.category)


def is_of_everybody(asked: Asked, user: User) -> bool:
    """Whether it is an administrator's search of the whole team's history."""
    return _whose(asked, user) is None


def _whose(asked: Asked, user: User) -> int | None:
    """The one member whose history it is, or None for everybody's."""
    if not user.is_administrator:
        return user.pk
    return asked.person or (None if asked.team else user.pk)


def _seen_by(asked: Asked, user: User) -> GenerationQuerySet:
    member = _whose(asked, user)
    if member == user.pk:
        return Generation.objects.visible_to(user)
    return Generation.objects.all() if member is None else Generation.objects.filter(member=member)


def _of_row(asked: Asked) -> Q:
    wanted = _of_columns(asked) & _of_days(asked) & _of_cost(asked) & of_copies(asked)
    return wanted & WAS_REFUSED if asked.category else wanted


def _of_columns(asked: Asked) -> Q:
    wanted = Q()
    for column in COLUMNS:
        values = getattr(asked, column)
        if values:
            wanted &= Q(**{column: values[0]}) if len(values) == 1 else Q(**{f"{column}__in": values})
    if asked.references is not None:
        without = Q(operation=Operation.GENERATIONS)
        wanted &= ~without if asked.references else without
    return wanted


def _of_days(asked: Asked) -> Q:
    wanted = Q()
    if asked.since:
        wanted &= Q(created_at__gte=_begin_of(asked.since))
    if asked.until:
        wanted &= Q(created_at__lt=_begin_of(asked.until + timedelta(days=1)))
    return wanted


def _of_cost(asked: Asked) -> Q:
    wanted = Q()
    if asked.cost_from is not None:
        wanted &= Q(cost__gte=asked.cost_from)
    if asked.cost_to is not None:
        wanted &= Q(cost__lte=asked.cost_to)
    return wanted


def _begin_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
