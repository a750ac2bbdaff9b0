import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0008_search"),
    ]

    operations = [
        migrations.AddField(
            model_name="generation",
            name="series",
            field=models.UUIDField(editable=False, null=True, verbose_name="series"),
        ),
        migrations.AddIndex(
            model_name="generation",
            index=models.Index(
                condition=models.Q(("series__isnull", False)), fields=["series"], name="generation_series"
            ),
        ),
        migrations.AddIndex(
            model_name="generation",
            index=models.Index(
                fields=["member", "-best_rating", "-created_at", "-id"], name="generation_by_rating"
            ),
        ),
        migrations.AddIndex(
            model_name="generation",
            index=models.Index(
                models.F("member"),
                models.OrderBy(
                    django.db.models.functions.comparison.Coalesce(
                        "cost", models.Value(-1), output_field=models.DecimalField()
                    ),
                    descending=True,
                ),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="generation_by_cost",
            ),
        ),
    ]
