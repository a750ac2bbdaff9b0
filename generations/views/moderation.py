"""What stands against a prompt before it is sent, and the administrators' list of names and words."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from generations.models import ListedWord
from generations.moderation.asking_now import ask_now
from generations.moderation.checking import check
from generations.moderation.forms import FilterForm, ListedWordForm, TryForm
from generations.offers import models_on_offer
from team.access import MemberRequest, administrator_required, member_required

PAGE = 40
_DELETED = "deleted_word"  # in the session: what an Undo brings back
_KEPT = ("spellings", "kind", "effect", "instead_en", "instead_zh", "is_active")


@sensitive_post_parameters("prompt")
@member_required
@require_POST
def check_prompt(request: MemberRequest) -> HttpResponse:
    """Answer a page on which a prompt is being written; asked by POST, so that no log of addresses has it."""
    offer = models_on_offer().get(request.POST.get("model", ""))
    prompt, was_asked = request.POST.get("prompt", ""), "check" in request.POST
    context = {
        "check": check(prompt, model=offer.name if offer else ""),
        "was_asked": was_asked,
        # Whoever types does not wait for it; who presses Check does.
        "at_endpoint": ask_now(prompt) if was_asked else None,
    }
    return render(request, "generations/_check.html", context)


@administrator_required
@require_http_methods(["GET", "HEAD", "POST"])
def words(request: MemberRequest) -> HttpResponse:
    """List the names and words; take a new one."""
    form = ListedWordForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        _save(form, request)
        messages.success(request, _("“%(name)s” is on the list.") % {"name": form.instance})
        return redirect("generations:words")
    return _page(request, form=form)


@sensitive_post_parameters("prompt")
@administrator_required
@require_POST
def try_prompt(request: MemberRequest) -> HttpResponse:
    """Say what the list makes of a prompt; nothing is kept of it."""
    trial = TryForm(request.POST)
    found = check(trial.cleaned_data["prompt"]) if trial.is_valid() else None
    return _page(request, form=ListedWordForm(), trial=trial, check=found)


@administrator_required
@require_http_methods(["GET", "HEAD", "POST"])
def word(request: MemberRequest, pk: int) -> HttpResponse:
    """Change one entry."""
    found = get_object_or_404(ListedWord.objects.select_related("changed_by"), pk=pk)
    name = str(found)  # the form changes the row before it is valid
    form = ListedWordForm(request.POST if request.method == "POST" else None, instance=found)
    if form.is_bound and form.is_valid():
        _save(form, request)
        messages.success(request, _("“%(name)s” is saved.") % {"name": found})
        return redirect("generations:words")
    context = {"form": form, "word": found, "name": name}
    return render(request, "generations/moderation_word.html", context, status=422 if form.errors else 200)


@administrator_required
@require_POST
def switch(request: MemberRequest, pk: int) -> HttpResponse:
    """Put an entry to use or out of it, as the button said; pressing twice does no harm."""
    found = get_object_or_404(ListedWord, pk=pk)
    found.is_active = "on" in request.POST
    _note(found, request)
    found.save(update_fields=["is_active", "changed_by", "changed_at"])
    said = _("“%(name)s” is in use.") if found.is_active else _("“%(name)s” is not looked for any more.")
    messages.success(request, said % {"name": found})
    return redirect("generations:words")


@administrator_required
@require_POST
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    """Delete an entry of the team's own; what the studio ships is only switched off."""
    found = get_object_or_404(ListedWord, pk=pk)
    if found.shipped_as:
        messages.error(request, _("The studio ships “%(name)s”. Switch it off instead.") % {"name": found})
        return redirect("generations:words")
    request.session[_DELETED] = {name: getattr(found, name) for name in _KEPT}
    found.delete()
    return redirect(f"{reverse('generations:words')}?deleted=1")


@administrator_required
@require_POST
def restore(request: MemberRequest) -> HttpResponse:
    """Bring back what this administrator has just deleted, unless it is on the list again."""
    kept = request.session.pop(_DELETED, None)
    if kept is None:
        messages.info(request, _("There is nothing to bring back."))
        return redirect("generations:words")
    form = ListedWordForm(kept)
    if form.is_valid():
        form.instance.is_active = bool(kept["is_active"])
        _save(form, request)
        messages.success(request, _("“%(name)s” is on the list.") % {"name": form.instance})
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("generations:words")


def _page(request: MemberRequest, *, form: ListedWordForm, **more: Any) -> HttpResponse:
    filters = FilterForm(request.GET, auto_id="filter_%s")  # the form beside it has fields of these names
    wanted = filters.cleaned_data if filters.is_valid() else {}
    page = Paginator(_found(wanted), PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "filters": filters,
        "is_narrowed": any(wanted.values()),
        "page": page,
        "query": query.urlencode(),
        "trial": TryForm(),
        "deleted": request.session.get(_DELETED) if "deleted" in request.GET else None,
        **more,
    }
    trial = context["trial"]
    wrong = form.errors or trial.errors
    return render(request, "generations/moderation_words.html", context, status=422 if wrong else 200)


def _found(wanted: dict[str, str]) -> QuerySet[ListedWord]:
    found = ListedWord.objects.select_related("changed_by").order_by("-is_active", "kind", "spellings", "pk")
    for name in ("kind", "effect"):
        if wanted.get(name):
            found = found.filter(**{name: wanted[name]})
    if wanted.get("use"):
        found = found.filter(is_active=wanted["use"] == "yes")
    for one in wanted.get("q", "").split():
        found = found.filter(spellings__icontains=one)
    return found


def _save(form: ListedWordForm, request: MemberRequest) -> None:
    _note(form.instance, request)
    form.save()


def _note(found: ListedWord, request: MemberRequest) -> None:
    found.changed_by = request.user
    found.changed_at = timezone.now()
