"""The team's rules for what endpoints say: tried out on the stored answers before they are saved."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Max
from django.db.models.functions import Now
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from generations.endpoints.rules import CATEGORIES, RuleForm
from generations.execution.endings import read_anew
from generations.explanations import explain
from generations.images_api import Reason
from generations.models import AnswerRule, Call
from generations.moderation.trying import Trial, draft_of, not_understood, try_out
from team.access import MemberRequest, administrator_required


@administrator_required
@require_safe
def rules(request: MemberRequest) -> HttpResponse:
    """List the rules in the order in which they are asked."""
    found = AnswerRule.objects.select_related("endpoint", "changed_by").annotate(uses=Count("refusals"))
    lines = [(rule, explain(rule.reason)) for rule in found]
    unclassified = Call.objects.filter(reason=Reason.UNCLASSIFIED).count()
    return render(request, "generations/answer_rules.html", {"lines": lines, "unclassified": unclassified})


@administrator_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: MemberRequest) -> HttpResponse:
    """Make a rule, perhaps from an answer that nobody understood (`?from=`)."""
    rule = AnswerRule()
    if request.method != "POST" and "from" in request.GET:
        found = Call.objects.select_related("endpoint").filter(reason=Reason.UNCLASSIFIED)
        try:
            rule = draft_of(get_object_or_404(found, pk=UUID(request.GET["from"])))
        except ValueError as exc:  # typed by hand
            raise Http404 from exc
    return _page(request, rule)


@administrator_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: MemberRequest, pk: int) -> HttpResponse:
    """Show a rule with what it fits, and change it."""
    return _page(request, get_object_or_404(AnswerRule, pk=pk))


@administrator_required
@require_POST
def switch(request: MemberRequest, pk: int) -> HttpResponse:
    """Take a rule out of use, or into use again."""
    rule = get_object_or_404(AnswerRule, pk=pk)
    is_active = "on" in request.POST
    AnswerRule.objects.filter(pk=rule.pk).update(
        is_active=is_active, changed_by=request.user, changed_at=Now()
    )
    messages.success(request, _("The rule is in use.") if is_active else _("The rule is not used any more."))
    return redirect("generations:answer_rules")


@administrator_required
@require_POST
def move_up(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask a rule before the one that it stood behind."""
    with transaction.atomic():
        rules = list(AnswerRule.objects.select_for_update())
        place = next((index for index, rule in enumerate(rules) if rule.pk == pk), None)
        if place is None:
            raise Http404
        if place:
            rules[place - 1], rules[place] = rules[place], rules[place - 1]
        for position, rule in enumerate(rules):
            rule.position = position
        AnswerRule.objects.bulk_update(rules, ["position"])
    return redirect("generations:answer_rules")


def _page(request: MemberRequest, rule: AnswerRule) -> HttpResponse:
    form = RuleForm(request.POST if request.method == "POST" else None, instance=rule)
    # Of what is merely looked at the instance stands for itself; of what was sent, the fields that are right.
    trial = try_out(form.instance) if not form.is_bound or form.is_valid() else None
    if form.is_bound and trial and "save" in request.POST and _may_save(form, trial):
        _save(request, form)
        return redirect("generations:answer_rules")
    context = {
        "form": form,
        "rule": rule,
        "trial": trial,
        "reasons": [(explain(reason), count) for reason, count in trial.by_reason] if trial else [],
        "categories": CATEGORIES,
        "is_tried": form.is_bound,
    }
    return render(request, "generations/answer_rule.html", context, status=422 if form.errors else 200)


def _may_save(form: RuleForm, trial: Trial) -> bool:
    if not trial.takes_over or form.cleaned_data["takes_over"]:
        return True
    form.add_error(
        "takes_over",
        ngettext(
            "%(count)s stored answer that the studio understands would have been read as this."
            " Narrow the rule, or tick this.",
            "%(count)s stored answers that the studio understands would have been read as this."
            " Narrow the rule, or tick this.",
            trial.takes_over,
        )
        % {"count": trial.takes_over},
    )
    return False


def _save(request: MemberRequest, form: RuleForm) -> None:
    rule = form.save(commit=False)
    if rule.pk is None:
        last = AnswerRule.objects.aggregate(last=Max("position"))["last"]
        rule.position = 0 if last is None else last + 1
    rule.changed_by = request.user
    rule.save()
    AnswerRule.objects.filter(pk=rule.pk).update(changed_at=Now())
    read = sum(read_anew(call, rule) for call in not_understood(rule)) if rule.is_active else 0
    told = _("The rule is saved.")
    if read:
        told += " " + ngettext(
            "%(count)s answer that nobody had understood is read by it.",
            "%(count)s answers that nobody had understood are read by it.",
            read,
        ) % {"count": read}
    messages.success(request, told)
