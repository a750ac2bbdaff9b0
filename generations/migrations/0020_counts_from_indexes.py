"""Counts cases and what came of a member's generations from indexes alone, without reading the tables."""

from collections.abc import Iterator

from django.db import migrations, models
from django.db.migrations.operations.base import Operation

WAITING = models.Q(decided_at__isnull=True)
DECIDED = models.Q(decided_at__isnull=False)
# By name: what each index is for, and which cases stand in it.
INDEXES = {
    "case_waiting": (("opened_at", "id"), WAITING),
    "case_waiting_member": (("member", "opened_at", "id"), WAITING),
    "case_waiting_model": (("model", "opened_at", "id"), WAITING),
    "case_waiting_kind": (("kind", "opened_at", "id"), WAITING),
    "case_decided": (("-decided_at", "-id"), DECIDED),
    "case_decided_member": (("member", "-decided_at", "-id"), DECIDED),
    "case_decided_model": (("model", "-decided_at", "-id"), DECIDED),
    "case_decided_kind": (("kind", "-decided_at", "-id"), DECIDED),
}


def longer() -> Iterator[Operation]:
    """Every one of them again, with what reviewers do not see at its end."""
    for name, (fields, condition) in INDEXES.items():
        yield migrations.RemoveIndex(model_name="case", name=name)
        index = models.Index(fields=(*fields, "is_severe"), name=name, condition=condition)
        yield migrations.AddIndex(model_name="case", index=index)


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0019_indexes_of_cases"),
    ]

    operations = [
        *longer(),
        migrations.AddIndex(
            model_name="generation",
            index=models.Index(fields=["member", "outcome"], name="generation_outcomes"),
        ),
    ]
