"""Searches of the history under a name: kept, pinned beside the images, counted as one looks."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from generations.history.asked import Asked
from generations.history.chips import Chip, chips
from generations.history.finding import Count, count
from generations.history.saved import MOST, is_name
from generations.models import SavedSearch
from team.access import MemberRequest, is_own_url, member_required
from team.models import User

_MOST_PINNED = 20
_DELETED = "deleted_search"  # key of the session


@dataclass(frozen=True, slots=True)
class Listed:
    """A saved search with what it finds now; `count` is None where it is asked for later."""

    search: SavedSearch
    address: str
    count: Count | None = None
    chips: tuple[Chip, ...] = ()


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def searches(request: MemberRequest) -> HttpResponse:
    """List the saved searches; a POST adds one, or brings back the one that was just deleted."""
    if request.method == "POST":
        return _add(request)
    own = SavedSearch.objects.filter(member=request.user)
    listed = [_listed(search, request.user, counted=True, in_words=True) for search in own]
    context = {"searches": listed, "deleted_search": deleted_search(request)}
    return render(request, "generations/history_searches.html", context)


@member_required
@require_safe
def pinned(request: MemberRequest) -> HttpResponse:
    """Answer with the pinned searches and what each finds now."""
    listed = [_listed(search, request.user, counted=True) for search in _pinned(request.user)]
    return render(request, "generations/_history_pinned.html", {"searches": listed, "is_counted": True})


@member_required
@require_POST
def rename(request: MemberRequest, pk: int) -> HttpResponse:
    search = get_object_or_404(SavedSearch, pk=pk, member=request.user)
    name = request.POST.get("name", "").strip()
    if not is_name(name):
        messages.error(request, _("Give the search a name of at most 80 characters."))
    elif not _is_renamed(search, name):
        messages.error(request, _("You have a search with this name already."))
    return redirect("generations:searches")


@member_required
@require_POST
def pin(request: MemberRequest, pk: int) -> HttpResponse:
    """Show a search beside the images, or no longer."""
    search = get_object_or_404(SavedSearch, pk=pk, member=request.user)
    search.is_pinned = request.POST.get("pinned") == "1"
    search.save(update_fields=["is_pinned"])
    return _back(request)


@member_required
@require_POST
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    """Delete a search; the next page offers to bring it back."""
    search = get_object_or_404(SavedSearch, pk=pk, member=request.user)
    request.session[_DELETED] = {
        "name": search.name,
        "query": search.query,
        "pinned": "1" if search.is_pinned else "",
    }
    search.delete()
    return _back(request)


def pinned_searches(user: User) -> list[Listed]:
    """Return the pinned searches of a member, uncounted, so that the page does not wait for them."""
    return [_listed(search, user) for search in _pinned(user)]


def deleted_search(request: HttpRequest) -> Any:
    """Return what was deleted by the request before this one, once."""
    return request.session.pop(_DELETED, None)


def _pinned(user: User) -> list[SavedSearch]:
    return list(SavedSearch.objects.filter(member=user, is_pinned=True)[:_MOST_PINNED])


def _listed(search: SavedSearch, user: User, *, counted: bool = False, in_words: bool = False) -> Listed:
    asked, _errors = Asked.parse(QueryDict(search.query), user)
    return Listed(
        search,
        address=asked.address(),
        count=count(asked, user) if counted else None,
        chips=chips(asked, user) if in_words else (),
    )


def _add(request: MemberRequest) -> HttpResponse:
    asked, _errors = Asked.parse(QueryDict(request.POST.get("query", "")), request.user)
    name = request.POST.get("name", "").strip()
    address = asked.address()
    if not is_name(name):
        messages.error(request, _("Give the search a name of at most 80 characters."))
    elif SavedSearch.objects.filter(member=request.user).count() >= MOST:
        messages.error(request, _("You have as many saved searches as the studio keeps. Delete one first."))
    else:
        # Under the same name it is the same search, asked for anew.
        SavedSearch.objects.update_or_create(
            member=request.user,
            name=name,
            defaults={"query": address, "is_pinned": request.POST.get("pinned") == "1"},
        )
        messages.success(request, _("Saved as “%(name)s”.") % {"name": name})
    return _back(request, otherwise=f"{reverse('generations:history')}?{address}")


def _is_renamed(search: SavedSearch, name: str) -> bool:
    try:
        with transaction.atomic():
            search.name = name
            search.save(update_fields=["name"])
    except IntegrityError:
        return False
    return True


def _back(request: MemberRequest, *, otherwise: str = "") -> HttpResponseRedirect:
    back = request.POST.get("next", "")
    if is_own_url(request, back):
        return HttpResponseRedirect(back)
    return HttpResponseRedirect(otherwise or reverse("generations:searches"))
