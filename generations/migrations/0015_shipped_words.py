"""Adds the names that the studio ships; what is there already stays as administrators have made it."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from generations.moderation.shipped import add_to


def add(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    add_to(apps.get_model("generations", "ListedWord"))


class Migration(migrations.Migration):
    dependencies = [("generations", "0014_verdicts_on_cases")]

    # Backwards the table itself goes with 0010.
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
