"""Verdicts lie on cases; on the way back on their refusals again, as far as their cases have one."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import OuterRef, Subquery


def lay_on_refusals(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """What is backwards alone: verdicts about a report or a flag had no place before, and are lost."""
    verdicts, cases = (apps.get_model("generations", name) for name in ("Verdict", "Case"))
    of_their_case = cases.objects.filter(pk=OuterRef("case")).values("refusal")
    verdicts.objects.filter(refusal__isnull=True).update(refusal=Subquery(of_their_case))
    homeless = verdicts.objects.filter(refusal__isnull=True)
    # What was taken back stands in the same case as what took it back: both go, in either order.
    homeless.update(undoes=None)
    homeless.delete()
    if editor.connection.vendor == "postgresql":
        # What was changed is checked now, or the table cannot be altered in the same transaction.
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        editor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0013_cases_of_refusals"),
    ]

    operations = [
        # Backwards the column comes empty, is filled, and only then may not be empty any more.
        migrations.AlterField(
            model_name="verdict",
            name="refusal",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="verdicts",
                to="generations.refusal",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, lay_on_refusals),
        migrations.RemoveField(
            model_name="verdict",
            name="refusal",
        ),
        migrations.AlterField(
            model_name="verdict",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="verdicts",
                to="generations.case",
                verbose_name="case",
            ),
        ),
    ]
