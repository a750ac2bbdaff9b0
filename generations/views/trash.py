"""The member's trash: what lies there, restored image by image, emptied with a count first."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from generations import trash
from generations.jobs import asking
from generations.jobs.arguments import NotUnderstood
from generations.models import Generation, Image
from generations.tiles import shape_class
from team.access import MemberRequest, member_required

PAGE = 60
_MOST_WITHOUT_IMAGES = 50


@member_required
@require_safe
def bin(request: MemberRequest) -> HttpResponse:
    """Show what can be restored, and for how long."""
    lying = trash.images_of(request.user).select_related("generation")
    page = Paginator(lying, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "tiles": [_tile(image) for image in page],
        "without_images": trash.generations_of(request.user)[:_MOST_WITHOUT_IMAGES],
        "days": trash.KEPT.days,
    }
    return render(request, "generations/trash.html", context)


@member_required
@require_POST
def restore(request: MemberRequest) -> HttpResponse:
    """Take what is named out of the trash: images that are chosen, or a generation that never had one."""
    images = Image.objects.filter(pk__in=_ids(request, "images"))
    generations = Generation.objects.filter(pk__in=_ids(request, "generations"))
    changed = trash.restore(list(images), by=request.user)
    changed += trash.restore_generations(list(generations), by=request.user)
    if changed:
        said = ngettext("%(n)s restored.", "%(n)s restored.", changed) % {"n": changed}
        messages.success(request, said)
    elif not (images or generations):
        messages.error(request, _("Choose at least one image."))
    return redirect("generations:trash")


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def empty(request: MemberRequest) -> HttpResponse:
    """Ask first, saying how much there is; then give up what has no files, and remove files as a job.

    Whoever calls the address of the question again is led to the trash.
    """
    if request.method != "POST":
        return redirect("generations:trash")
    count = trash.images_of(request.user).count()
    without_images = trash.generations_of(request.user).count()
    if "sure" not in request.POST or not (count or without_images):
        context = {"count": count, "without_images": without_images}
        return render(request, "generations/trash_empty.html", context)
    # What is deleted while the job runs is not meant.
    arguments = {"before": timezone.now().isoformat()}
    try:
        job = asking.start("empty", member=request.user, arguments=arguments) if count else None
    except NotUnderstood as error:
        messages.error(request, str(error))
        return redirect("generations:trash")
    trash.give_up_generations(request.user)
    return redirect("generations:job", pk=job.pk) if job else redirect("generations:trash")


def _tile(image: Image) -> tuple[Image, str, int]:
    """An image, its shape, and for how many days it can still be restored."""
    deleted = image.trashed_at or timezone.now()
    left = deleted + trash.KEPT - timezone.now()
    return image, shape_class(image.width, image.height), max(0, left // timedelta(days=1))


def _ids(request: MemberRequest, field: str) -> Sequence[UUID]:
    ids = []
    for word in " ".join(request.POST.getlist(field)).split():
        try:
            ids.append(UUID(word))
        except ValueError:
            continue
    return ids
