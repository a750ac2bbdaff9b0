"""Opens the questions that humans answer: below whatever ends a call, so that each refusal has its case."""

import re
from collections.abc import Iterable

from django.db import IntegrityError, transaction

from generations.models import Case, CaseKind, Generation, Image, Refusal
from team.models import User

# Words in the names that endpoints and checks give to what is shown to the least number of people.
SEVERE = frozenset(["minor", "minors", "child", "children", "csam", "csae", "underage", "loli", "shota"])
_WORD = re.compile("[a-z]+")


class AskedAlready(Exception):
    """The same question waits for an answer, or has got one for good."""


def is_severe(categories: list[str]) -> bool:
    """Whether any of the categories is a severe one."""
    return any(not SEVERE.isdisjoint(_WORD.findall(category.lower())) for category in categories)


def open_for(refusal: Refusal) -> Case:
    """Ask the reviewers whether a refusal was right."""
    return _open(CaseKind.REFUSAL, refusal)


def appeal(refusal: Refusal, *, by: User, words: str) -> Case:
    """Ask the reviewers on behalf of the author, with a sentence of theirs.

    Raises:
        AskedAlready: there is one appeal per refusal.
    """
    try:
        with transaction.atomic():
            return _open(CaseKind.APPEAL, refusal, opened_by=by, words=words)
    except IntegrityError as exc:
        raise AskedAlready from exc


def report(image: Image, *, by: User, words: str) -> Case:
    """Ask the reviewers whether an image may stay where others see it.

    Raises:
        AskedAlready: the same member's report of it still waits.
    """
    generation = image.generation
    try:
        with transaction.atomic():
            return Case.objects.create(
                kind=CaseKind.REPORT,
                generation=generation,
                member_id=generation.member_id,
                model=generation.model,
                image=image,
                opened_by=by,
                words=words,
                # What came out of a severe case is shown to nobody else by a report.
                is_severe=generation.cases.filter(is_severe=True).exists(),
            )
    except IntegrityError as exc:
        raise AskedAlready from exc


def flag(generation: Generation, categories: list[str]) -> Case:
    """Ask the reviewers about what was sent although the check before sending had flagged it."""
    case, _is_new = Case.objects.get_or_create(
        kind=CaseKind.FLAGGED,
        generation=generation,
        defaults={
            "member_id": generation.member_id,
            "model": generation.model,
            "categories": as_lines(categories),
            "is_severe": is_severe(categories),
        },
    )
    return case


def as_lines(categories: Iterable[object]) -> str:
    """Return categories as a case keeps them: each between two line ends."""
    lines = [" ".join(str(category).lower().split()) for category in categories]
    return "\n{}\n".format("\n".join(lines)) if lines else ""


def _open(kind: CaseKind, refusal: Refusal, *, opened_by: User | None = None, words: str = "") -> Case:
    generation = refusal.generation
    return Case.objects.create(
        kind=kind,
        generation=generation,
        member_id=generation.member_id,
        model=generation.model,
        categories=as_lines(refusal.categories),
        refusal=refusal,
        opened_by=opened_by,
        words=words,
        is_severe=is_severe(refusal.categories),
    )
