"""What is done to many images at once, and the jobs that do what takes long."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from generations.jobs import arguments, asking, evidence, importing, line
from generations.jobs.actions import ACTIONS, Action, action_of
from generations.jobs.arguments import NotUnderstood
from generations.jobs.job_words import line_of, lines_of
from generations.jobs.names import PATTERN, PLACES
from generations.jobs.picking import found_by
from generations.keeping import NotTaken
from generations.models import Job
from generations.views.door import send_file
from team.access import MemberRequest, is_own_url, member_required

LATEST = 50  # jobs


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: MemberRequest) -> HttpResponse:
    """Do something to the images that are named, or to all that a search finds.

    Whoever calls the address of the question that it may ask again is led to the history.
    """
    if request.method != "POST":
        return redirect("generations:history")
    action = ACTIONS.get(request.POST.get("action", ""))
    if action is None:
        return _refused(request, _("Choose what is to be done."))
    try:
        if action.makes_file and not _is_partial(request) and "has_metadata" not in request.POST:
            return _download_form(request)
        job = _asked(request, action)
    except (NotUnderstood, NotTaken) as error:
        return _refused(request, str(error))
    return _answer(request, job)


@member_required
@require_POST
def undo(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take back what was done."""
    found = _own(request, pk)
    if action_of(found) is None:
        raise Http404
    try:
        job = asking.undo(found)
    except (NotUnderstood, NotTaken) as error:
        return _refused(request, str(error))
    return _answer(request, job)


@member_required
@require_safe
def jobs(request: MemberRequest) -> HttpResponse:
    """Show the member's jobs, newest first."""
    return render(request, "generations/jobs.html", {"jobs": lines_of(_listed(request)[:LATEST])})


@member_required
@require_safe
def bar(request: MemberRequest) -> HttpResponse:
    """What runs now, for the small bar of other pages; empty when nothing does."""
    running = _listed(request).filter(status__in=line.OPEN).order_by("created_at", "pk")[:3]
    return render(request, "generations/_jobs_bar.html", {"jobs": lines_of(running)})


@member_required
@require_safe
def job_bar(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One job in a line, which asks for itself again while it goes on."""
    return render(request, "generations/_job_bar.html", {"job": line_of(_own(request, pk))})


@member_required
@require_safe
def job(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Show how far a job has come, and what came of it; asked again by itself for that part only."""
    found = _own(request, pk)
    template = "_job_now.html" if _is_partial(request) else "job.html"
    context = {"job": line_of(found), "parts": lines_of(_parts(found))}
    return render(request, f"generations/{template}", context)


@member_required
@require_POST
def cancel(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Stop a job where it is."""
    found = _own(request, pk)
    if line.cancel(found) and found.kind == "import":
        importing.forget(found)
    return redirect("generations:job", pk=pk)


@member_required
@require_safe
def file(request: MemberRequest, pk: UUID) -> HttpResponseBase:
    """The one door through which the file of a job leaves, to whoever asked for it, for some days."""
    found = _own(request, pk)
    if not found.file or found.expires_at is None or found.expires_at <= timezone.now():
        raise Http404
    if not evidence.may_fetch(found, request.user):
        raise Http404
    return send_file(
        found.file,
        about=f"job {found.pk}",
        media_type="application/zip",
        file_name=found.file_name,
        length=found.bytes,
    )


def _asked(request: MemberRequest, action: Action) -> Job:
    told = arguments.read(request.POST, action, request.user)
    query = request.POST.get("query", "") if "all" in request.POST else None
    images = [] if query is not None else list(_ids(request, "images"))
    generations = list(_ids(request, "generations"))
    # Of all that match only images are meant.
    whole = None if query is not None else asking.for_generations(action, generations, member=request.user)
    if whole is not None:
        if not images:
            return whole
        # Each half of a mixed selection is taken back by a button of its own.
        _tell(request, whole)
    return asking.ask(action, member=request.user, images=images, query=query, arguments=told)


def _ids(request: MemberRequest, field: str) -> Iterator[UUID]:
    """Ids in fields of one name, or in one field with spaces between them; what is no id names nothing."""
    for given in request.POST.getlist(field):
        for word in given.replace(",", " ").split():
            try:
                yield UUID(word)
            except ValueError:
                continue


def _answer(request: MemberRequest, job: Job) -> HttpResponse:
    if _is_partial(request):
        context = {
            "job": line_of(job),
            "said": asking.said(job),
            "can_undo": asking.can_undo(job),
            "next": _next(request),
        }
        return render(request, "generations/_acted.html", context)
    if job.status in line.OPEN:
        return redirect("generations:job", pk=job.pk)
    _tell(request, job)
    return redirect(_next(request) or "generations:history")


def _tell(request: MemberRequest, job: Job) -> None:
    way_back = str(job.pk) if asking.can_undo(job) else ""
    messages.success(request, asking.said(job), extra_tags=way_back)


def _refused(request: MemberRequest, sentence: str) -> HttpResponse:
    if _is_partial(request):
        return render(request, "generations/_acted.html", {"refused": sentence})
    messages.error(request, sentence)
    return redirect(_next(request) or "generations:history")


def _download_form(request: MemberRequest) -> HttpResponse:
    """Ask how the files are to be called, and whether they are to say how they were made."""
    images = [str(pk) for pk in _ids(request, "images")]
    is_all = "all" in request.POST
    query = request.POST.get("query", "")
    count = found_by(query, request.user).count() if is_all else len(images)
    if not count:
        return _refused(request, _("Choose at least one image."))
    context: dict[str, Any] = {
        "count": count,
        "images": " ".join(images),
        "is_all": is_all,
        "query": query,
        "pattern": PATTERN,
        "places": [f"{{{place}}}" for place in PLACES],
        "next": _next(request) or "",
    }
    return render(request, "generations/download_many.html", context)


def _listed(request: MemberRequest) -> QuerySet[Job]:
    """The jobs that have a page: what was done at once has only a sentence."""
    own = Job.objects.filter(member=request.user).exclude(kind__in=line.UNSEEN)
    return own.exclude(finished_at__isnull=False, arguments__has_key="changed").order_by("-created_at", "-pk")


def _own(request: MemberRequest, pk: UUID) -> Job:
    return get_object_or_404(Job.objects.filter(member=request.user).exclude(kind__in=line.UNSEEN), pk=pk)


def _parts(job: Job) -> list[Job]:
    """All parts of what was too large for one file, in their order."""
    first = job.arguments.get("first", str(job.pk))
    own = Job.objects.filter(member_id=job.member_id, kind=job.kind)
    others = [*own.filter(pk=first), *own.filter(arguments__first=first)]
    ordered = sorted(others, key=lambda part: int(part.arguments.get("part", 1)))
    return ordered if len(ordered) > 1 else []


def _next(request: MemberRequest) -> str:
    given = request.POST.get("next", "")
    return given if is_own_url(request, given) else ""


def _is_partial(request: MemberRequest) -> bool:
    return "HX-Request" in request.headers
