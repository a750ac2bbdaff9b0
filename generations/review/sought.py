"""What is looked for among the cases, as an address says it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q

from generations.models import Case, CaseKind
from generations.models.cases import CaseQuerySet
from team.models import User

_LONGEST = 120  # characters of a model or a category
_LAST_ID = 2**63 - 1


class State(StrEnum):
    """Which of the cases, and in which order: what waits longest first, what was decided last first."""

    WAITING = "waiting"
    DECIDED = "decided"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Sought:
    """The filters of the queue; what is empty does not narrow."""

    state: State = State.WAITING
    kind: str = ""
    category: str = ""
    model: str = ""
    member: int | None = None
    severe: bool = False
    mine: bool = False  # what is assigned to whoever looks

    @classmethod
    def parse(cls, asked: Mapping[str, Any]) -> "Sought":
        """Read an address; what makes no sense in it is left out."""
        state, kind, member = (str(asked.get(name, "")) for name in ("state", "kind", "member"))
        return cls(
            state=State(state) if state in list(State) else State.WAITING,
            kind=kind if kind in CaseKind.values else "",
            category=_words(asked.get("category", "")).lower(),
            model=_words(asked.get("model", "")),
            member=_number(member),
            severe=bool(asked.get("severe")),
            mine=bool(asked.get("mine")),
        )

    def address(self, **changed: Any) -> str:
        """Write it, without "?", with some of it changed; what is as usual is left out."""
        said = asdict(replace(self, **changed))
        usual = asdict(Sought())
        pairs = {name: value for name, value in said.items() if value != usual[name]}
        return urlencode(
            {name: int(value) if isinstance(value, bool) else value for name, value in pairs.items()}
        )

    @property
    def narrows(self) -> bool:
        return replace(self, state=State.WAITING) != Sought()

    def found_by(self, user: User) -> CaseQuerySet:
        """All that fits of what the user may look at, in no order."""
        cases = Case.objects.for_reviewer(user).filter(self._conditions(user))
        if self.state == State.WAITING:
            return cases.waiting()
        return cases.decided() if self.state == State.DECIDED else cases

    def _conditions(self, user: User) -> Q:
        wanted = Q()
        for field in ("kind", "model", "member"):
            if value := getattr(self, field):
                wanted &= Q(**{field: value})
        if self.category:
            wanted &= Q(categories__has_line=self.category)
        if self.severe:
            wanted &= Q(is_severe=True)
        if self.mine:
            wanted &= Q(assigned_to=user)
        return wanted


def _words(value: object) -> str:
    return " ".join(str(value).replace("\0", "").split())[:_LONGEST]


def _number(value: str) -> int | None:
    """An id; None where it is none, or larger than any."""
    if not (value.isascii() and value.isdecimal() and len(value) < 20):
        return None
    return int(value) if 0 < int(value) <= _LAST_ID else None
