"""Images are held from a score on: the line, what reached it, and the cases of what waits."""

import django.core.validators
from django.db import migrations, models

KINDS = [
    ("refusal", "Refused"),
    ("held", "Held"),
    ("flagged", "Flagged before sending"),
    ("report", "Reported"),
    ("appeal", "Appeal"),
]
DECISIONS = [
    ("right", "Rightly refused"),
    ("false_positive", "Wrongly refused"),
    ("unclear", "Unclear"),
    ("approve", "Approved"),
    ("hide", "Hidden"),
    ("show", "Shown again"),
    ("release", "One more run released"),
    ("escalate", "Left to administrators"),
    ("ask_to_delete", "Deletion proposed"),
    ("delete", "Deleted for good"),
    ("withdraw", "Withdrawn by its author"),
    ("undo", "Undone"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0020_counts_from_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="moderationpolicy",
            name="hold_from",
            field=models.FloatField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(0),
                    django.core.validators.MaxValueValidator(1),
                ],
                verbose_name="hold images from score",
            ),
        ),
        migrations.AddField(
            model_name="precheck",
            name="held_for",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="precheck",
            name="held_from",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="held_from",
            field=models.FloatField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="score",
            field=models.FloatField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="case",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=10, verbose_name="kind"),
        ),
        migrations.AlterField(
            model_name="verdict",
            name="decision",
            field=models.CharField(choices=DECISIONS, max_length=20, verbose_name="decision"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "held")),
                fields=("generation",),
                name="one_held_case_per_generation",
            ),
        ),
    ]
