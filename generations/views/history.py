"""Everything a member ever asked for: searched, narrowed, in rows of images or as a list."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from urllib.parse import parse_qsl, urlencode

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from generations.entries import Entry, entries_of
from generations.history.asked import Asked, Sort
from generations.history.chips import chips
from generations.history.finding import MOST_COUNTED, Count, Page, count, matching_images, page
from generations.history.orders import order_of
from generations.history.values import NotUnderstood, date_in
from generations.models import Collection, Generation, Tag
from generations.review import looks
from generations.sections import Days, common, is_by_time, months_after, narrowed, sections_of
from generations.views.history_panel import panel
from generations.views.searches import deleted_search, pinned_searches
from team.access import MemberRequest, is_own_url, member_required
from team.models import Density, User

PAGE = 24
_DIGITS = 9  # of how many generations a page can show
_MOST_SUGGESTED = 100  # tags and collections offered for a selection


@member_required
@require_safe
def history(request: MemberRequest) -> HttpResponse:
    """Show the first of what is asked for, or what follows `after`; scripts fill in the rest."""
    asked, errors = Asked.parse(request.GET, request.user)
    if not errors and "" in request.GET.values():
        return _clean(request, asked)
    after = _after(request, asked)
    found = page(asked, request.user, after, size=PAGE)
    days = _days(request, found, asked)
    suggested = _suggested(request.user)
    context = {
        **_asked(request, asked),
        **suggested,
        "errors": errors,
        "days": days,
        "count": len(found.generations),
        "next_cursor": found.next_cursor,
        "is_first": not after,
        "rest": _rest(request, asked, found, days),
        "total": None if after else _total(found, asked, request.user),
        "chips": chips(asked, request.user),
        "with_favourite": asked.with_value("favourite", True).address(),
        "without_favourite": asked.without("favourite").address(),
        "sorts": Sort.choices,
        "densities": Density.choices,
        "kept_fields": _fields(request, asked, leaving_out=("q", "sort")),
        "searches": pinned_searches(request.user),
        "deleted_search": deleted_search(request),
    }
    return render(request, "generations/history.html", context)


@member_required
@require_safe
def part(request: MemberRequest) -> HttpResponse:
    """Answer with one section, for the empty place that has come into view.

    Its images lead through the search as the member asked it, whatever days the section is of.
    """
    asked, _errors = Asked.parse(request.GET, request.user)
    within = Days.parse(request.GET)
    found = page(narrowed(asked, within), request.user, _after(request, asked), size=PAGE)
    context = {
        **_asked(request, asked),
        "within": within,
        "days": _days(request, found, asked),
        "count": len(found.generations),
        "next_cursor": found.next_cursor,
        "source": request.get_full_path(),
        "continues": "continues" in request.GET,
    }
    return render(request, "generations/_history_part.html", context)


@member_required
@require_safe
def months(request: MemberRequest) -> HttpResponse:
    """Answer with an empty place for each month that follows, and with the rail of all months."""
    asked, _errors = Asked.parse(request.GET, request.user)
    day = _day(request)
    shown = request.GET.get("shown", "")
    is_number = shown.isdecimal() and len(shown) < _DIGITS
    found = months_after(asked, request.user, day=day, shown=int(shown) if is_number else 0)
    context = {
        **_asked(request, asked),
        "months": found,
        "day": common(asked, Days(day, day)),
        "after": _after(request, asked),
    }
    return render(request, "generations/_history_months.html", context)


@member_required
@require_safe
def month(request: MemberRequest) -> HttpResponse:
    """Answer with the sections of one month, for its empty place that has come into view."""
    asked, _errors = Asked.parse(request.GET, request.user)
    within = narrowed(asked, Days.parse(request.GET))
    context = {**_asked(request, asked), "sections": sections_of(within, request.user)}
    return render(request, "generations/_history_month.html", context)


@member_required
@require_safe
def counts(request: MemberRequest) -> HttpResponse:
    """Show every filter with how much it would find: a page of its own, and the panel beside the images."""
    asked, errors = Asked.parse(request.GET, request.user)
    counted = count(asked, request.user)
    context = {
        **_asked(request, asked),
        "errors": errors,
        "total": counted,
        **panel(asked, request.user, total=counted),
        "collections": _collections(request.user),
        "kept_fields": _fields(request, asked, only=("q", "sort")),
    }
    return render(request, "generations/history_filters.html", context)


@member_required
@require_safe
def total(request: MemberRequest) -> HttpResponse:
    """Answer with how many fit: what is narrowed takes longer to count than to find."""
    asked, _errors = Asked.parse(request.GET, request.user)
    return render(request, "generations/_history_total.html", {"total": count(asked, request.user)})


@member_required
@require_safe
def matching(request: MemberRequest) -> HttpResponse:
    """Answer with the button that selects all images that match, with their number."""
    asked, _errors = Asked.parse(request.GET, request.user)
    counted = matching_images(asked, request.user).order_by().values("pk")[: MOST_COUNTED + 1].count()
    context = {"total": Count(min(counted, MOST_COUNTED), counted > MOST_COUNTED)}
    return render(request, "generations/_history_all.html", context)


@member_required
@require_POST
def density(request: MemberRequest) -> HttpResponse:
    """Keep how large the member wants images in rows."""
    chosen = request.POST.get("density", "")
    if chosen not in Density.values:
        raise Http404
    request.user.density = chosen
    request.user.save(update_fields=["density"])
    back = request.POST.get("next", "")
    return redirect(back if is_own_url(request, back) else "generations:history")


def _total(found: Page, asked: Asked, user: User) -> Count | None:
    """How many fit; None where that is asked for later, since to count takes longer than to find some."""
    if found.next_cursor is None:
        return Count(len(found.generations), is_more=False)
    return None if asked.is_narrowed else count(asked, user)


def by_day(entries: Iterable[Entry]) -> list[tuple[date, list[Entry]]]:
    """Group entries, already in order, by the day on which they were asked for."""
    grouped = groupby(entries, key=lambda entry: _local_day(entry.generation))
    return [(day, list(of_day)) for day, of_day in grouped]


def _days(request: MemberRequest, found: Page, asked: Asked) -> list[tuple[date | None, list[Entry]]]:
    """In an order that is not that of time, everything belongs to one group without a day.

    What administrators read of others is noted.
    """
    looks.note(found.generations, reader=request.user)
    entries = entries_of(found.generations, asked, request.user, as_list=_is_list(request))
    if is_by_time(asked):
        return list(by_day(entries))
    return [(None, entries)] if entries else []


def _asked(request: MemberRequest, asked: Asked) -> dict[str, object]:
    """What every part of the page is given: the search, its address, and how results are shown."""
    is_list = _is_list(request)
    suffix = "&view=list" if is_list else ""
    return {
        "asked": asked,
        "query": asked.address(),
        "address": f"{asked.address()}{suffix}".lstrip("&"),
        "suffix": suffix,
        "is_list": is_list,
        "is_by_time": is_by_time(asked),
        "today": timezone.localdate(),
    }


def _is_list(request: MemberRequest) -> bool:
    return request.GET.get("view") == "list"


def _after(request: MemberRequest, asked: Asked) -> str:
    """The cursor in the address; "" where it is none of this order, as if there were none."""
    given = request.GET.get("after", "")
    return given if order_of(asked).knows(given) else ""


def _rest(
    request: MemberRequest, asked: Asked, found: Page, days: list[tuple[date | None, list[Entry]]]
) -> str:
    """The address of what follows this page, for scripts; "" at the end."""
    if not found.next_cursor:
        return ""
    query = [*parse_qsl(asked.address()), ("after", found.next_cursor)]
    if _is_list(request):
        query.append(("view", "list"))
    if not is_by_time(asked):
        return f"{reverse('generations:history_part')}?{urlencode(query)}"
    day = _local_day(found.generations[-1])
    shown = sum(len(entries) for one, entries in days if one and one.replace(day=1) == day.replace(day=1))
    query += [("day", day.isoformat()), ("shown", str(shown))]
    return f"{reverse('generations:history_months')}?{urlencode(query)}"


def _fields(
    request: MemberRequest, asked: Asked, *, only: tuple[str, ...] = (), leaving_out: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    """The parts of the address that a form which changes others must keep."""
    pairs = parse_qsl(asked.address())
    kept = [(name, value) for name, value in pairs if (not only or name in only) and name not in leaving_out]
    return kept + ([("view", "list")] if _is_list(request) else [])


def _clean(request: MemberRequest, asked: Asked) -> HttpResponseRedirect:
    """A form sends its empty fields too; an address that is kept or passed on has none of them."""
    pairs = _fields(request, asked)
    return HttpResponseRedirect(f"{reverse('generations:history')}{'?' if pairs else ''}{urlencode(pairs)}")


def _suggested(user: User) -> dict[str, object]:
    return {
        "tags": Tag.objects.filter(member=user).values_list("name", flat=True)[:_MOST_SUGGESTED],
        "collections": _collections(user),
    }


def _collections(user: User) -> Iterable[Collection]:
    return Collection.objects.changeable_by(user).in_use()[:_MOST_SUGGESTED]


def _local_day(generation: Generation) -> date:
    return timezone.localtime(generation.created_at).date()


def _day(request: MemberRequest) -> date:
    try:
        return date_in(request.GET.get("day", ""))
    except NotUnderstood:
        raise Http404 from None
