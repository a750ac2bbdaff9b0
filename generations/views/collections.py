"""Collections: the wall of them, one of them, and what is done to it; who may not see one finds none."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from generations import collecting, deleted_collections
from generations.collected import covers, on_the_wall
from generations.collecting import To, items_shown_to
from generations.collection_forms import CollectionForm
from generations.jobs import asking
from generations.jobs.actions import ACTIONS
from generations.jobs.arguments import NotUnderstood
from generations.models import Access, Collection, Image, Job
from generations.tiles import shape_class
from team.access import MemberRequest, member_required
from team.models import User

ON_A_WALL = 48  # collections on one page
IN_A_COLLECTION = 120  # images on one page

_READ_OR_WRITE = require_http_methods(["GET", "HEAD", "POST"])


@member_required
@_READ_OR_WRITE
def collections(request: MemberRequest) -> HttpResponse:
    """Show the collections that the member may see, or make a new one."""
    form = CollectionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        made = collecting.create(owner=request.user, **form.cleaned_data)
        return redirect("generations:collection", pk=made.pk)
    is_archive = "archived" in request.GET
    seen = Collection.objects.visible_to(request.user).filter(archived_at__isnull=not is_archive)
    page = Paginator(on_the_wall(seen, request.user), ON_A_WALL).get_page(request.GET.get("page"))
    undo = request.GET.get("deleted", "")
    context = {
        "form": form,
        "page": page,
        "covers": covers(list(page), request.user),
        "is_archive": is_archive,
        "undo": undo,
        "deleted_name": deleted_collections.name_of(undo, by=request.user) if undo else None,
        "page_query": "archived=1&" if is_archive else "",
    }
    return render(request, "generations/collections.html", context)


@member_required
@_READ_OR_WRITE
def collection(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Show one collection; its owner changes its name, description and who may see it."""
    found = _seen(request.user, pk)
    is_owner = found.owner_id == request.user.pk
    form = CollectionForm(request.POST or None, initial=_settings(found)) if is_owner else None
    if form and form.is_valid():
        access = form.cleaned_data.pop("access")
        collecting.rename(found, **form.cleaned_data, by=request.user)
        collecting.share(found, access=access, by=request.user)
        messages.success(request, _("Saved."))
        return _back(found)
    may_change = is_owner or found.access == Access.EDIT
    shown = items_shown_to(request.user).filter(collection=found).select_related("image__generation__member")
    page = Paginator(shown.order_by("position", "pk"), IN_A_COLLECTION).get_page(request.GET.get("page"))
    context = {
        "collection": found,
        "form": form,
        "is_owner": is_owner,
        "may_change": may_change,
        "is_arranged": may_change and "arrange" in request.GET,
        "page": page,
        "items": [(item, shape_class(item.image.width, item.image.height)) for item in page],
        "page_query": "arrange=1&" if may_change and "arrange" in request.GET else "",
        "undo": _taken_out(request.user, found, request.GET.get("undo", "")),
    }
    return render(request, "generations/collection.html", context)


@member_required
@require_POST
def arrange(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Move an image: by a button, or beside another one where it was dropped."""
    found = _seen(request.user, pk)
    image = _image(request, "image")
    beside = _uuid(request.POST.get("beside", ""))
    to = next((to for to in To if to == request.POST.get("to")), None)
    if image and beside:
        is_after = request.POST.get("side") == "after"
        collecting.place(image, found, beside=beside, is_after=is_after, by=request.user)
    elif image and to:
        collecting.move(image, found, to=to, by=request.user)
    return _back(found, arrange=1, page=request.POST.get("page", ""))


@member_required
@require_POST
def change_images(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take an image out, undo that, or make it the cover."""
    found = _seen(request.user, pk)
    page = request.POST.get("page", "")
    if image := _image(request, "out"):
        arguments = {"collection": str(found.pk)}
        job = asking.ask(ACTIONS["uncollect"], member=request.user, images=[image.pk], arguments=arguments)
        return _back(found, arrange=1, page=page, undo=job.pk if asking.can_undo(job) else "")
    if undo := request.POST.get("undo"):
        _undo(request, found, undo)
    elif image := _image(request, "cover"):
        collecting.choose_cover(image, found, by=request.user)
    return _back(found, arrange=1, page=page)


@member_required
@require_POST
def archive(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Put a collection away from the wall, or back."""
    found = get_object_or_404(Collection, pk=pk, owner=request.user)
    collecting.archive(found, on=request.POST.get("archived") == "1", by=request.user)
    return _back(found)


@member_required
@require_POST
def delete(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Delete a collection, and offer to bring it back."""
    found = get_object_or_404(Collection, pk=pk, owner=request.user)
    token = deleted_collections.delete(found, by=request.user)
    return redirect(f"{reverse('generations:collections')}?{urlencode({'deleted': token or ''})}")


@member_required
@require_POST
def restore(request: MemberRequest) -> HttpResponse:
    """Bring back what was deleted."""
    found = deleted_collections.restore(request.POST.get("deleted", ""), by=request.user)
    if found is None:
        messages.error(request, _("It cannot be brought back any more: that is possible for a day."))
        return redirect("generations:collections")
    return _back(found)


def _seen(user: User, pk: UUID) -> Collection:
    return get_object_or_404(Collection.objects.visible_to(user).select_related("owner"), pk=pk)


def _settings(collection: Collection) -> dict[str, str]:
    return {name: getattr(collection, name) for name in ("name", "description", "access")}


def _taken_out(member: User, collection: Collection, undo: str) -> Job | None:
    """What the member has taken out of this collection, if it can be undone."""
    pk = _uuid(undo)
    own = Job.objects.filter(member=member, kind="uncollect", arguments__collection=str(collection.pk))
    job = own.filter(pk=pk).first() if pk else None
    return job if job and asking.can_undo(job) else None


def _undo(request: MemberRequest, collection: Collection, undo: str) -> None:
    job = _taken_out(request.user, collection, undo)
    try:
        if job:
            asking.undo(job)
    except NotUnderstood as error:  # somebody was faster
        messages.error(request, str(error))


def _image(request: MemberRequest, field: str) -> Image | None:
    pk = _uuid(request.POST.get(field, ""))
    return Image.objects.select_related("generation").filter(pk=pk).first() if pk else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _back(collection: Collection, **query: object) -> HttpResponseRedirect:
    asked = urlencode({name: value for name, value in query.items() if value})
    address = reverse("generations:collection", args=[collection.pk])
    return HttpResponseRedirect(f"{address}?{asked}" if asked else address)
