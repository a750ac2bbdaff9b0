import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0013_cases_of_refusals"),
    ]

    operations = [
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
