"""Writes down the shape of every generation that has images: only imports had one."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Case, F, OuterRef, Subquery, Value, When

_SHAPE = Case(
    When(width=F("height"), then=Value("square")),
    When(width__gt=F("height"), then=Value("landscape")),
    default=Value("portrait"),
)


def write(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    images = apps.get_model("generations", "Image").objects.filter(generation=OuterRef("pk"))
    first = images.order_by("call__position", "call__queued_at", "index").values(shape=_SHAPE)[:1]
    made = apps.get_model("generations", "Generation").objects.filter(shape="", images_count__gt=0)
    made.filter(pk__in=images.model.objects.values("generation")).update(shape=Subquery(first))


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0024_ended_prices"),
    ]

    operations = [
        migrations.RunPython(write, migrations.RunPython.noop),
    ]
