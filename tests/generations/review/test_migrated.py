"""Verdicts survive the way back to where they lay on refusals, and the way forward again."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from generations import cases
from generations.models import Case, CaseKind, Decision, Pause, Verdict
from team.models import User
from tests.generations.test_migrations import columns, indexes, rows
from tests.studio_rows import make_rows

BEFORE_IT = "0013_cases_of_refusals"
BEFORE_CASES = "0011_reasons_of_refusals"
_FIELDS = ("pk", "case_id", "decision", "note", "undoes_id")


@pytest.fixture
def whole(transactional_db: None) -> Iterator[None]:
    """However far a test gets, the tests that follow find the newest tables."""
    yield
    migrate()


def migrate(name: str = "") -> None:
    """Go to a migration of the domain, or to the newest."""
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes("generations")
    executor.migrate([("generations", name)] if name else newest)


def say(case: Case, reviewer: User, decision: Decision, *, undoes: Verdict | None = None) -> Verdict:
    return Verdict.objects.create(
        case=case, reviewer=reviewer, decision=decision, undoes=undoes, note="so it is"
    )


def test_verdicts_lie_on_their_refusals_on_the_way_back_and_on_their_cases_after_it(
    whole: None, mei: User, rui: User, ada: User
) -> None:
    made = make_rows(mei, reviewer=rui, administrator=ada)
    kept = [
        made.verdict,
        say(made.case, ada, Decision.UNDO, undoes=made.verdict),
        say(cases.appeal(made.refusal, by=mei, words="It is art."), ada, Decision.FALSE_POSITIVE),
    ]
    report = cases.report(made.image, by=rui, words="There is blood in it.")
    say(report, ada, Decision.UNDO, undoes=say(report, ada, Decision.HIDE))
    Pause.objects.create(member=mei)
    Pause.objects.create()
    had = columns(), indexes()
    record = [(one.pk, one.case_id, one.decision, one.note, one.undoes_id) for one in kept]

    migrate(BEFORE_IT)
    told = rows("SELECT id, refusal_id, decision, note, undoes_id FROM generations_verdict ORDER BY id")
    assert told == [(pk, made.refusal.pk, *rest) for pk, _case, *rest in record]
    assert len(rows("SELECT id FROM generations_case")) == 3, "the report is there, and undecided"
    assert len(rows("SELECT id FROM generations_pause")) == 1, "not everything stands still for one member"
    migrate()

    assert (columns(), indexes()) == had
    assert list(Verdict.objects.order_by("pk").values_list(*_FIELDS)) == record
    assert {case.pk: case.member_id for case in Case.objects.all()}[report.pk] == mei.pk


def test_where_there_were_no_cases_yet_verdicts_are_on_their_refusals_and_find_new_cases(
    whole: None, mei: User, rui: User, ada: User
) -> None:
    made = make_rows(mei, reviewer=rui, administrator=ada)

    migrate(BEFORE_CASES)
    told = rows("SELECT id, refusal_id, decision FROM generations_verdict")
    assert told == [(made.verdict.pk, made.refusal.pk, "right")]
    migrate()

    verdict = Verdict.objects.get()
    assert (verdict.pk, verdict.case.refusal, verdict.case.kind) == (
        made.verdict.pk,
        made.refusal,
        CaseKind.REFUSAL,
    )
    assert verdict.case.decided_at is not None
    assert (verdict.case.member, verdict.case.model) == (mei, made.generation.model)
