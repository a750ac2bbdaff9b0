"""Narrows generations down to those whose words fit."""

from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef, Q

from generations.models.generations import GenerationQuerySet
from generations.models.search_texts import SearchText, Wanted
from generations.search.terms import Term, terms_of
from generations.search.tokens import category_token, of_member, says_all, wanted_for


def matching(
    found: GenerationQuerySet,
    *,
    words: str,
    categories: Sequence[str] = (),
    member: int | None,
    by_index: bool = True,
) -> GenerationQuerySet:
    """Return those of `found` whose words fit a query and that were refused for one of the categories.

    Args:
        found: all of them a member's, or anybody's.
        words: as typed; without any it leaves nothing out.
        categories: of refusals; none leaves nothing out.
        member: whose they are, or None. The index is looked up for that member's only.
        by_index: whether the index of all words is asked, or the text of each of `found` read, which is for
            few. The result is the same.
    """
    terms = terms_of(words)
    for term in terms:
        if not term.is_excluded and not (by_index and says_all(term)):
            found = found.filter(searched__text__contains=term.pattern)
    positive = [term for term in terms if not term.is_excluded]
    if by_index and positive:
        found = found.filter(searched__tokens__matches=_wanted(positive, member))
    if categories:
        found = found.filter(_refused_for(categories, member, by_index=by_index))
    excluded = [term for term in terms if term.is_excluded]
    return found.exclude(_has_any(excluded)) if excluded else found


def _wanted(terms: Iterable[Term], member: int | None) -> Wanted:
    """All tokens of all terms, of the member's texts where they are a member's: one look into one index."""
    each = [wanted_for(term) for term in terms]
    whole = sorted({token for one in each for token in one.whole})
    beginnings = sorted({token for one in each for token in one.beginnings})
    return _of(member, Wanted(whole, beginnings))


def _refused_for(categories: Iterable[str], member: int | None, *, by_index: bool) -> Q:
    fits = Q()
    for category in categories:
        named = Q(searched__categories__contains=f"\n{category}\n")
        if by_index:
            named &= Q(searched__tokens__matches=_of(member, Wanted([category_token(category)])))
        fits |= named
    return fits


def _of(member: int | None, wanted: Wanted) -> Wanted:
    if member is None:
        return wanted
    return Wanted(of_member(wanted.whole, member), of_member(wanted.beginnings, member))


def _has_any(terms: Iterable[Term]) -> Exists:
    fits = Q()
    for term in terms:
        fits |= Q(text__contains=term.pattern)
    return Exists(SearchText.objects.filter(fits, generation=OuterRef("pk")))
