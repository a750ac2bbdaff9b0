"""What other words have cost stands in their row; and until when nobody asks a check that hangs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0021_held_images"),
    ]

    operations = [
        migrations.AddField(
            model_name="rewrite",
            name="cost",
            field=models.DecimalField(decimal_places=6, max_digits=12, null=True, verbose_name="cost"),
        ),
        migrations.AddField(
            model_name="moderationpolicy",
            name="check_away_until",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
