from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("team", "0001_people_and_invitations")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="density",
            field=models.CharField(
                choices=[("S", "Small"), ("M", "Medium"), ("L", "Large")],
                default="M",
                max_length=1,
                verbose_name="size of images",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="notifies",
            field=models.BooleanField(default=False, verbose_name="notifications"),
        ),
        migrations.AddField(
            model_name="user",
            name="single_keys",
            field=models.BooleanField(default=True, verbose_name="keys without Ctrl or Alt"),
        ),
    ]
