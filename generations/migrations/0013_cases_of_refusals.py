"""Every refusal of before becomes a case, decided where a verdict lies on it."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Max, OuterRef, Q, Subquery

# As generations.cases had them when this was written.
SEVERE = frozenset({"sexual/minors", "sexual_minors", "csam", "child_sexual_abuse"})


def open_cases(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """What was imported has been reviewed elsewhere, or has not; nobody is asked about it here."""
    refusals, cases, verdicts = (
        apps.get_model("generations", name) for name in ("Refusal", "Case", "Verdict")
    )
    elsewhere = Q(generation__source="import", verdicts__isnull=True)
    asked = refusals.objects.exclude(elsewhere).annotate(last=Max("verdicts__created_at"))
    made = (
        cases(
            kind="refusal",
            generation_id=refusal.generation_id,
            refusal=refusal,
            opened_at=refusal.created_at,
            decided_at=refusal.last,
            version=1 if refusal.last else 0,
            is_severe=not SEVERE.isdisjoint(str(one).lower() for one in refusal.categories),
        )
        for refusal in asked.iterator(2000)
    )
    cases.objects.bulk_create(made, batch_size=2000)
    its_case = cases.objects.filter(refusal=OuterRef("refusal")).values("pk")[:1]
    verdicts.objects.filter(case__isnull=True).update(case=Subquery(its_case))


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0012_cases"),
    ]

    operations = [
        migrations.RunPython(open_cases, migrations.RunPython.noop),
    ]
