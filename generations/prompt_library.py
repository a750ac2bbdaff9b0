"""Prompts that are kept under a name: their variables, their versions, and what came of each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Max, OuterRef, Q, Subquery, Sum
from django.utils import timezone

from generations.models import Access, Generation, Image, Outcome, PromptVersion, SavedPrompt
from team.models import User

_VARIABLE = re.compile(r"\{([^{}\n]{1,40})\}")
_DECIDED = (Outcome.PASSED, Outcome.WITHHELD, Outcome.BLOCKED)


@dataclass(frozen=True, slots=True)
class Record:
    """What came of one version, whoever used it."""

    uses: int
    decided: int  # of them, how many moderation let through, withheld in part or stopped
    passed: int
    cost: Decimal | None  # in the studio's currency; None where no price is known
    best: Image | None  # of those that the viewer may see

    @property
    def pass_rate(self) -> int | None:
        """How many of a hundred passed; None before the first decision."""
        return round(100 * self.passed / self.decided) if self.decided else None


def variables(text: str) -> tuple[str, ...]:
    """Return the names in braces, each once, in the order in which they stand."""
    names = (match[1].strip() for match in _VARIABLE.finditer(text))
    return tuple(dict.fromkeys(name for name in names if name))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of their variables; one without a value stays as it is written."""

    def value_of(match: re.Match[str]) -> str:
        return values.get(match[1].strip(), "").strip() or match[0]

    return _VARIABLE.sub(value_of, text)


def is_filled(prompt: str, text: str) -> bool:
    """Whether a prompt is a saved text with anything in the place of its variables; spaces do not matter."""
    prompt = " ".join(prompt.split())
    # A name between every two parts; to look for these one after the other takes no longer than to read them.
    first, *parts = _VARIABLE.split(" ".join(text.split()))[::2]
    if not parts:
        return prompt == first
    *between, last = parts
    at, end = len(first), len(prompt) - len(last)
    if not (prompt.startswith(first) and prompt.endswith(last) and at <= end):
        return False
    for part in between:
        found = prompt.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def may_change(prompt: SavedPrompt, user: User) -> bool:
    """Whether somebody may add versions; name, sharing and archive are its owner's."""
    return prompt.owner_id == user.pk or prompt.access == Access.EDIT


@transaction.atomic
def keep(*, name: str, text: str, access: Access, by: User) -> SavedPrompt:
    """Save a prompt under a name, as its first version."""
    prompt = SavedPrompt.objects.create(owner=by, name=name, access=access)
    PromptVersion.objects.create(saved_prompt=prompt, number=1, text=text, created_by=by)
    return prompt


@transaction.atomic
def add_version(prompt: SavedPrompt, *, text: str, note: str, by: User) -> PromptVersion:
    """Write a new version; the same text as the newest one's is no new version."""
    SavedPrompt.objects.select_for_update(no_key=True).get(pk=prompt.pk)  # two writers get two numbers
    newest = prompt.versions.first()
    if newest is not None and newest.text == text:
        return newest
    last = prompt.versions.aggregate(last=Max("number"))["last"] or 0
    version = PromptVersion.objects.create(
        saved_prompt=prompt, number=last + 1, text=text, note=note, created_by=by
    )
    SavedPrompt.objects.filter(pk=prompt.pk).update(changed_at=timezone.now())
    return version


def records(versions: "list[PromptVersion]", *, viewer: User) -> dict[int, Record]:
    """Return the record of each version by its key, in three queries however many there are."""
    counted = {
        row["prompt_version"]: row
        for row in Generation.objects.filter(prompt_version__in=versions)
        .order_by()
        .values("prompt_version")
        .annotate(
            uses=Count("pk"),
            decided=Count("pk", filter=Q(outcome__in=_DECIDED)),
            passed=Count("pk", filter=Q(outcome=Outcome.PASSED)),
            spent=Sum("cost"),
        )
    }
    best = _best_images(versions, viewer=viewer)
    return {
        version.pk: Record(
            uses=row["uses"] if row else 0,
            decided=row["decided"] if row else 0,
            passed=row["passed"] if row else 0,
            cost=row["spent"] if row else None,
            best=best.get(version.pk),
        )
        for version in versions
        for row in [counted.get(version.pk)]
    }


def _best_images(versions: "list[PromptVersion]", *, viewer: User) -> dict[int, Image]:
    """By rating, then favourites, then the newest."""
    seen = Image.objects.visible_to(viewer).kept().filter(generation__prompt_version=OuterRef("pk"))
    first = seen.order_by("-rating", "-is_favourite", "-created_at").values("pk")[:1]
    chosen = dict(
        PromptVersion.objects.filter(pk__in=[version.pk for version in versions])
        .order_by()
        .annotate(best=Subquery(first))
        .exclude(best=None)
        .values_list("pk", "best")
    )
    images = Image.objects.select_related("generation").in_bulk(list(chosen.values()))
    return {version: images[image] for version, image in chosen.items() if image in images}
