"""Finds cases by a rare category, and decided ones by kind, member and model, without reading all of them."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# The words of HasLine (generations/models/lines.py): an index answers only what is said in the same way.
CATEGORIES = (
    "CREATE INDEX case_categories ON generations_case USING gin (string_to_array(categories, E'\\n'))"
)
DECIDED = models.Q(decided_at__isnull=False)


def make_index(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(CATEGORIES)


def drop_index(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP INDEX case_categories")


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0018_policy"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=DECIDED, fields=["member", "-decided_at", "-id"], name="case_decided_member"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=DECIDED, fields=["model", "-decided_at", "-id"], name="case_decided_model"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=DECIDED, fields=["kind", "-decided_at", "-id"], name="case_decided_kind"
            ),
        ),
        migrations.RunPython(make_index, drop_index),
    ]
