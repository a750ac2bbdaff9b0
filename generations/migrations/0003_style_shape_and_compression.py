from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0002_keys_kept_and_endpoints_checked"),
    ]

    operations = [
        migrations.AddField(
            model_name="generation",
            name="aspect_ratio",
            field=models.CharField(blank=True, max_length=20, verbose_name="aspect ratio"),
        ),
        migrations.AddField(
            model_name="generation",
            name="style",
            field=models.CharField(blank=True, max_length=20, verbose_name="style"),
        ),
        migrations.AddField(
            model_name="generation",
            name="output_compression",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="compression"),
        ),
    ]
