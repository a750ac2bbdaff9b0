"""Everything of a member as files, and such files taken into this studio."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from generations.jobs import asking
from generations.jobs.arguments import NotUnderstood
from generations.jobs.importing import receive
from generations.jobs.job_words import lines_of
from generations.models import Generation, Image, Job
from generations.storage import StorageUnavailable
from team.access import MemberRequest, member_required

_LATEST = 10


@member_required
@require_safe
def data(request: MemberRequest) -> HttpResponse:
    """Show what there is to take along, and what was exported and imported lately."""
    own = Job.objects.filter(member=request.user, kind__in=("export", "import"))
    context = {
        "generations": Generation.objects.filter(member=request.user).kept().count(),
        "images": Image.objects.kept().filter(generation__member=request.user).count(),
        "jobs": lines_of(own.order_by("-created_at", "pk")[:_LATEST]),
        "most": settings.IMPORT_UPLOAD_BYTES,
    }
    return render(request, "generations/data.html", context)


@member_required
@require_POST
def export(request: MemberRequest) -> HttpResponse:
    """Begin to put everything of the member into files."""
    try:
        job = asking.start("export", member=request.user, arguments={})
    except NotUnderstood as error:
        messages.error(request, str(error))
        return redirect("generations:data")
    return redirect("generations:job", pk=job.pk)


@member_required
@require_POST
def import_(request: MemberRequest) -> HttpResponse:
    """Take in an export; it is looked into by a worker, not here."""
    upload = request.FILES.get("archive")
    try:
        if upload is None or not upload.size:
            raise NotUnderstood(_("Choose the zip file of an export."))
        job = receive(upload, member=request.user)
    except NotUnderstood as error:
        messages.error(request, str(error))
        return redirect("generations:data")
    except StorageUnavailable:
        messages.error(request, _("The file could not be stored. Try again in a minute."))
        return redirect("generations:data")
    return redirect("generations:job", pk=job.pk)
