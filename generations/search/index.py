"""Keeps what is searched in step with what it is made of: one statement per generation or chunk."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from generations.models import Generation, Image, Refusal
from generations.models.search_texts import SearchText
from generations.search.folding import units
from generations.search.tokens import category_token, of_member, tokens_of

_WRITTEN = ("text", "categories", "tokens")
# Characters of one generation that are searched: a tsvector takes 1 MiB, and endpoints write what they like.
_MOST = 40_000
# Stands in no query, so nothing is found across it.
_BORDER = " \n "


@dataclass(frozen=True, slots=True)
class Indexed:
    """The columns of a generation's row in the index."""

    text: str
    categories: str
    tokens: str


def note(generation: Generation) -> None:
    """Write down a generation that has just been made, which has neither images nor refusals yet."""
    _write({generation.pk: indexed(generation.member_id, [generation.prompt], [])})


def note_many(ids: Iterable[UUID]) -> None:
    """Write down generations anew from what there is of them; at most four statements."""
    wanted = list(ids)
    made = Generation.objects.filter(pk__in=wanted).values_list("pk", "member_id", "prompt")
    revised = Image.objects.filter(generation__in=wanted).exclude(revised_prompt="")
    refused = Refusal.objects.filter(generation__in=wanted).exclude(categories=[])
    _write(
        dict(
            rows_of(
                made,
                revised.order_by("pk").values_list("generation_id", "revised_prompt"),
                refused.values_list("generation_id", "categories"),
            )
        )
    )


def rows_of(
    made: Iterable[tuple[UUID, int, str]],
    revised: Iterable[tuple[UUID, str]],
    refused: Iterable[tuple[UUID, Sequence[object]]],
) -> Iterator[tuple[UUID, Indexed]]:
    """Yield what is searched of generations, from their ids, members and prompts and what came of them."""
    texts: dict[UUID, dict[str, None]] = {}
    categories: dict[UUID, set[str]] = {}
    for pk, text in revised:
        texts.setdefault(pk, {})[text] = None
    for pk, named in refused:
        categories.setdefault(pk, set()).update(" ".join(str(one).split()) for one in named)
    for pk, member_id, prompt in made:
        yield pk, indexed(member_id, {prompt: None, **texts.get(pk, {})}, categories.get(pk, ()))


def indexed(member_id: int, texts: Iterable[str], categories: Collection[str]) -> Indexed:
    """Fold texts, between which no phrase is found, and name the tokens of everything."""
    tokens = {*map(category_token, categories)}
    folded = []
    left = _MOST
    for text in texts:
        found = list(units(text[:left]))
        left = max(0, left - len(text))
        tokens |= tokens_of(found)
        folded.append(" ".join(unit.text for unit in found))
    named = "\n".join(["", *sorted(categories), ""]) if categories else ""
    return Indexed(
        f" {_BORDER.join(folded)} ", named, " ".join(sorted([*tokens, *of_member(tokens, member_id)]))
    )


def _write(rows: "dict[UUID, Indexed]") -> None:
    SearchText.objects.bulk_create(
        [
            SearchText(generation_id=pk, text=row.text, categories=row.categories, tokens=row.tokens)
            for pk, row in rows.items()
        ],
        update_conflicts=True,
        unique_fields=["generation"],
        update_fields=_WRITTEN,
    )
