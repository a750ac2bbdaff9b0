"""A refusal bears its reason itself from now on, for there are some without a call."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import OuterRef, Subquery


def copy_reasons(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    refusals, calls = apps.get_model("generations", "Refusal"), apps.get_model("generations", "Call")
    of_the_call = calls.objects.filter(pk=OuterRef("call")).values("reason")
    refusals.objects.filter(call__isnull=False).update(reason=Subquery(of_the_call))


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0010_words_and_rules"),
    ]

    operations = [
        migrations.RunPython(copy_reasons, migrations.RunPython.noop),
    ]
