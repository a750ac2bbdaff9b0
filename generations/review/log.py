"""The record of decisions: who, what, when, why, and what it changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from generations.models import Decision, HideReason, Verdict
from team.models import User

PAGE: Final = 50  # entries
COLUMNS: Final = (
    "at",
    "reviewer",
    "decision",
    "reason",
    "note",
    "before",
    "after",
    "undoes",
    "entry",
    "case",
    "kind",
    "categories",
    "member",
    "model",
    "generation",
    "image",
)


@dataclass(frozen=True, slots=True)
class LogSought:
    """The filters of the log; days are those of the studio's time zone."""

    reviewer: int | None = None
    decision: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def parse(cls, asked: Mapping[str, Any]) -> "LogSought":
        """Read an address; what makes no sense in it is left out."""
        reviewer = str(asked.get("reviewer", ""))
        decision = str(asked.get("decision", ""))
        return cls(
            reviewer=int(reviewer)
            if reviewer.isascii() and reviewer.isdecimal() and len(reviewer) < 19
            else None,
            decision=decision if decision in Decision.values else "",
            since=_day(asked.get("since", "")),
            until=_day(asked.get("until", "")),
        )

    @property
    def address(self) -> str:
        pairs = {
            "reviewer": self.reviewer,
            "decision": self.decision,
            "since": self.since,
            "until": self.until,
        }
        return urlencode({name: value for name, value in pairs.items() if value})

    def found_by(self, user: User) -> QuerySet[Verdict]:
        """What fits, the latest first; decisions of severe cases are administrators' to read."""
        found = Verdict.objects.select_related("case__member", "reviewer", "undone_by__reviewer").order_by(
            "-pk"
        )
        if not user.is_administrator:
            found = found.filter(case__is_severe=False)
        if self.reviewer is not None:
            found = found.filter(reviewer=self.reviewer)
        if self.decision:
            found = found.filter(decision=self.decision)
        if self.since:
            found = found.filter(created_at__gte=_midnight(self.since))
        if self.until and self.until < date.max:
            found = found.filter(created_at__lt=_midnight(self.until + timedelta(days=1)))
        return found


def page(sought: LogSought, user: User, after: str = "") -> tuple[Sequence[Verdict], int | None]:
    """Return entries older than the one named, and the name of the last where more follow."""
    found = sought.found_by(user)
    if after.isascii() and after.isdecimal() and len(after) < 19:
        found = found.filter(pk__lt=int(after))
    entries = list(found[: PAGE + 1])
    return entries[:PAGE], entries[PAGE - 1].pk if len(entries) > PAGE else None


def in_words(facts: Mapping[str, Any]) -> str:
    """Say what an entry keeps of a moment: the decision in force, what became of the image."""
    if not facts:
        return ""  # of an entry from before the record kept this
    decision = facts.get("decision")
    said = [str(Decision(decision).label) if decision in Decision.values else str(_("To review"))]
    if "hidden" in facts:
        reason = facts["hidden"]
        is_hidden = reason in HideReason.values
        why = _("Hidden: %(reason)s") % {"reason": HideReason(reason).label} if is_hidden else ""
        why = why or (_("Image held") if facts.get("held") else _("Image shown"))
        said.append(_("Deleted for good") if facts.get("deleted") else why)
    if facts.get("severe"):
        said.append(str(_("Administrators only")))
    release = facts.get("release")
    if isinstance(release, dict):
        said.extend(f"{name}: {value}" for name, value in release.items() if name != "endpoint")
    return " · ".join(said)


def row_of(entry: Verdict) -> dict[str, Any]:
    """Return an entry as a table tells it: without prompts, in the same values in every language."""
    case = entry.case
    return {
        "at": timezone.localtime(entry.created_at).isoformat(timespec="seconds"),
        "reviewer": entry.reviewer.email,
        "decision": entry.decision,
        "reason": entry.reason,
        "note": entry.note,
        "before": _plain(entry.before),
        "after": _plain(entry.after),
        "undoes": entry.undoes_id,
        "entry": entry.pk,
        "case": case.pk,
        "kind": case.kind,
        "categories": case.category_list,
        "member": case.member.email,
        "model": case.model,
        "generation": str(case.generation_id),
        "image": str(entry.image_id) if entry.image_id else None,
    }


def _plain(facts: Mapping[str, Any]) -> str:
    return "; ".join(f"{name}={value}" for name, value in facts.items())


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
