"""The prompt library: prompts with a name, their versions, and what came of them."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from generations.library_forms import SavedPromptForm, SharingForm, ValuesForm, VersionForm
from generations.models import Generation, PromptVersion, SavedPrompt
from generations.prompt_language import language_of
from generations.prompt_library import add_version, keep, may_change, records, variables
from team.access import MemberRequest, member_required

MOST = 200


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def library(request: MemberRequest) -> HttpResponse:
    """Show my saved prompts and the team's; keep a new one."""
    form = SavedPromptForm(request.POST or None, initial={"text": _text_of(request)})
    if request.method == "POST" and form.is_valid():
        kept = keep(by=request.user, **form.cleaned_data)
        messages.success(request, _("Saved. It is on offer beside the prompt when you create."))
        return redirect("generations:saved_prompt", pk=kept.pk)
    words = request.GET.get("q", "").replace("\0", "").strip()[:200]
    context = {
        "form": form,
        "is_adding": bool(form.errors) or "text_of" in request.GET,
        "rows": _rows(request, words, archived="archived" in request.GET),
        "words": words,
        "archived": "archived" in request.GET,
    }
    return render(request, "generations/library.html", context, status=422 if form.errors else 200)


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def saved_prompt(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Show a saved prompt with all its versions; take a new version."""
    found = get_object_or_404(SavedPrompt.objects.visible_to(request.user).select_related("owner"), pk=pk)
    versions = list(found.versions.select_related("created_by"))
    newest = versions[0]
    form = VersionForm(request.POST or None, initial={"text": newest.text})
    if request.method == "POST":
        if not may_change(found, request.user):
            messages.error(request, _("Only its owner changes this prompt. Save a copy of your own."))
            return redirect("generations:saved_prompt", pk=found.pk)
        if form.is_valid():
            version = add_version(found, by=request.user, **form.cleaned_data)
            _tell(request, version, newest)
            return redirect("generations:saved_prompt", pk=found.pk)
    known = records(versions, viewer=request.user)
    context = {
        "prompt": found,
        "versions": [(version, known[version.pk], language_of(version.text)) for version in versions],
        "variables": variables(newest.text),
        "form": form,
        "sharing": SharingForm(instance=found),
        "may_change": may_change(found, request.user),
        "is_owner": found.owner_id == request.user.pk,
    }
    return render(request, "generations/saved_prompt.html", context, status=422 if form.errors else 200)


@member_required
@require_POST
def share(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Rename or share one's own saved prompt; put it into the archive, or take it out."""
    found = get_object_or_404(SavedPrompt, pk=pk, owner=request.user)
    if "archive" in request.POST or "restore" in request.POST:
        found.archived_at = timezone.now() if "archive" in request.POST else None
        found.save(update_fields=["archived_at"])
        messages.success(
            request,
            _("Archived. It is not on offer any more; its record stays.")
            if found.archived_at
            else _("It is on offer again."),
        )
        return redirect("generations:saved_prompt", pk=found.pk)
    form = SharingForm(request.POST, instance=found)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("generations:saved_prompt", pk=found.pk)


@member_required
@require_safe
def use(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask for the values of a saved prompt's variables, then fill the form of the create page."""
    seen = SavedPrompt.objects.visible_to(request.user)
    found = get_object_or_404(seen, pk=pk)
    version = _version(found, request.GET.get("version", ""))
    names = variables(version.text)
    form = ValuesForm(request.GET if "fill" in request.GET else None, names=names)
    if not names or form.is_valid():
        query = [("saved", str(version.pk)), *(("value", value) for value in form.values())]
        return redirect(f"{reverse('generations:create')}?{urlencode(query)}")
    context = {"prompt": found, "version": version, "form": form, "lang": language_of(version.text)}
    return render(request, "generations/saved_prompt_use.html", context, status=422 if form.errors else 200)


def _rows(request: MemberRequest, words: str, *, archived: bool) -> list[dict[str, Any]]:
    prompts = list(_found(request, words, archived=archived).prefetch_related("versions")[:MOST])
    newest = {prompt.pk: prompt.versions.all()[0] for prompt in prompts}
    every = [version for prompt in prompts for version in prompt.versions.all()]
    known = records(every, viewer=request.user)
    return [
        {
            "prompt": prompt,
            "version": newest[prompt.pk],
            "lang": language_of(newest[prompt.pk].text),
            "variables": variables(newest[prompt.pk].text),
            "uses": sum(known[version.pk].uses for version in prompt.versions.all()),
            "record": known[newest[prompt.pk].pk],
            "best": next(
                (best for version in prompt.versions.all() if (best := known[version.pk].best)), None
            ),
        }
        for prompt in prompts
    ]


def _found(request: MemberRequest, words: str, *, archived: bool) -> QuerySet[SavedPrompt]:
    seen = SavedPrompt.objects.visible_to(request.user).select_related("owner")
    seen = seen.filter(archived_at__isnull=not archived)
    for word in words.split():
        seen = seen.filter(Q(name__icontains=word) | Q(versions__text__icontains=word))
    return seen.distinct().order_by("name", "pk")


def _text_of(request: MemberRequest) -> str:
    """The prompt of one of the member's generations, which is to be saved."""
    try:
        pk = UUID(request.GET.get("text_of", ""))
    except ValueError:
        return ""
    earlier = Generation.objects.visible_to(request.user).filter(pk=pk).first()
    return earlier.prompt if earlier else ""


def _version(prompt: SavedPrompt, number: str) -> PromptVersion:
    """The version that the address names, else the newest."""
    asked = prompt.versions.filter(number=int(number[:6])).first() if number.isdecimal() else None
    return asked or prompt.versions.all()[0]


def _tell(request: MemberRequest, version: PromptVersion, newest: PromptVersion) -> None:
    if version.pk == newest.pk:
        messages.info(request, _("Nothing was changed, so there is no new version."))
    else:
        messages.success(request, _("Version %(number)s is saved.") % {"number": version.number})
