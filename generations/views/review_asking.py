"""What members ask of reviewers: to look at an image or again at a refusal; and what comes of it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from generations import cases, released
from generations.models import Generation, Image, Refusal
from generations.prompt_language import language_of
from generations.review_forms import WordsForm
from generations.submission import ReferenceGone
from team.access import MemberRequest, member_required


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Tell the reviewers that somebody else's image should not be there, with a sentence."""
    seen = Image.objects.visible_to(request.user).kept().exclude(generation__member=request.user)
    image = get_object_or_404(seen.select_related("generation"), pk=pk)
    form = WordsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            cases.report(image, by=request.user, words=form.cleaned_data["words"])
        except cases.AskedAlready:
            messages.info(request, _("You have reported this image already. A reviewer will look at it."))
        else:
            messages.success(
                request, _("Reported. A reviewer will look at it; its author is not told by whom.")
            )
        return redirect("generations:image", pk=image.pk)
    context = {"form": form, "image": image}
    return render(request, "generations/review_report.html", context, status=422 if form.errors else 200)


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask a reviewer to look again at what was refused to oneself, once, with a sentence."""
    own = Refusal.objects.filter(generation__member=request.user, generation__forgotten_at__isnull=True)
    refusal = get_object_or_404(own.select_related("generation"), pk=pk)
    form = WordsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            cases.appeal(refusal, by=request.user, words=form.cleaned_data["words"])
        except cases.AskedAlready:
            messages.info(request, _("You have asked a reviewer about this already."))
        else:
            messages.success(request, _("A reviewer will look at it. The answer will stand on this page."))
        return redirect("generations:generation", pk=refusal.generation_id)
    generation = refusal.generation
    context = {
        "form": form,
        "refusal": refusal,
        "generation": generation,
        "prompt_lang": language_of(generation.prompt),
        "is_asked": refusal.cases.filter(kind="appeal").exists(),
    }
    return render(request, "generations/review_appeal.html", context, status=422 if form.errors else 200)


@member_required
@require_POST
def run_released(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask once more as a reviewer has released it."""
    own = Generation.objects.visible_to(request.user).select_related("endpoint", "member")
    generation = get_object_or_404(own, pk=pk)
    release = released.release_of(generation)
    if release is None:
        messages.info(request, _("There is no run that was released and not used. Nothing was sent."))
        return redirect("generations:generation", pk=generation.pk)
    try:
        released.run(release, generation)
    except (LookupError, ReferenceGone):
        messages.error(request, _("It cannot be asked as it was released any more. Nothing was sent."))
        return redirect("generations:generation", pk=generation.pk)
    messages.success(request, _("It is asked once more, as the reviewer has released it."))
    return redirect("generations:create")
