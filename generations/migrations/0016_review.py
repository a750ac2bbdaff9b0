"""What a queue of cases is found by stands in the case itself, each filter with its index."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import OuterRef, Subquery

WAITING = models.Q(("decided_at__isnull", True))
DECISIONS = [
    ("right", "Rightly refused"),
    ("false_positive", "Wrongly refused"),
    ("unclear", "Unclear"),
    ("approve", "Approved"),
    ("hide", "Hidden"),
    ("show", "Shown again"),
    ("release", "One more run released"),
    ("escalate", "Left to administrators"),
    ("undo", "Undone"),
]


def copy(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Fill in whose each case is, of which model and in which categories."""
    cases, generations, refusals = (
        apps.get_model("generations", name) for name in ("Case", "Generation", "Refusal")
    )
    its = generations.objects.filter(pk=OuterRef("generation"))
    cases.objects.update(member=Subquery(its.values("member")), model=Subquery(its.values("model")))
    named = refusals.objects.exclude(categories=[]).filter(cases__isnull=False)
    for refusal, categories in named.values_list("pk", "categories").iterator(2000):
        lines = [" ".join(str(one).lower().split()) for one in categories]
        cases.objects.filter(refusal=refusal).update(categories="\n{}\n".format("\n".join(lines)))
    if editor.connection.vendor == "postgresql":
        # What was changed is checked now, or the table cannot be altered in the same transaction.
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        editor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0015_shipped_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="member",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="member",
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="model",
            field=models.CharField(default="", max_length=120, verbose_name="model"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="case",
            name="categories",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.RunPython(copy, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="case",
            name="member",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="member",
            ),
        ),
        migrations.AlterField(
            model_name="verdict",
            name="decision",
            field=models.CharField(choices=DECISIONS, max_length=20, verbose_name="decision"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "appeal")), fields=("refusal",), name="one_appeal_per_refusal"
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_at__isnull", True), ("kind", "report")),
                fields=("image", "opened_by"),
                name="one_open_report_per_member_and_image",
            ),
        ),
        migrations.AddIndex(
            model_name="case", index=models.Index(fields=["opened_at", "id"], name="case_opened")
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=WAITING, fields=["member", "opened_at", "id"], name="case_waiting_member"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=WAITING, fields=["model", "opened_at", "id"], name="case_waiting_model"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=WAITING, fields=["kind", "opened_at", "id"], name="case_waiting_kind"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("decided_at__isnull", True), ("is_severe", True)),
                fields=["opened_at", "id"],
                name="case_waiting_severe",
            ),
        ),
    ]
