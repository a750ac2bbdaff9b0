"""The administrators' page of what holds for the whole team about moderation."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from generations.models import ModerationPolicy
from generations.moderation.policy_forms import PolicyForm
from team.access import MemberRequest, administrator_required


@administrator_required
@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: MemberRequest) -> HttpResponse:
    """Show what holds; take what is to hold from now on."""
    if request.method != "POST":
        return _page(request, PolicyForm(instance=ModerationPolicy.current()))
    with transaction.atomic():
        ModerationPolicy.objects.get_or_create(pk=ModerationPolicy.current().pk)
        held = ModerationPolicy.objects.select_for_update(no_key=True).get()
        form = PolicyForm(request.POST, instance=held)
        if not form.is_valid():
            return _page(request, form)
        held.changed_by, held.changed_at = request.user, timezone.now()
        form.save()
    messages.success(request, _("The policy is saved. It holds from now on."))
    return redirect("generations:moderation_policy")


def _page(request: MemberRequest, form: PolicyForm) -> HttpResponse:
    context = {"form": form, "policy": form.instance}
    return render(request, "generations/moderation_policy.html", context, status=422 if form.errors else 200)
