"""Remembers what became of prompts: every refusal, and what passed of the prompts that were refused somewhere."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from generations.moderation.prints import Print, print_of

CHUNK = 1000

QUARTERS = tuple(f"quarter_{number}" for number in range(4))


def remember(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    prints: dict[str, Print] = {}
    refused: Counter[tuple[str, str]] = Counter()
    passed: Counter[tuple[str, str]] = Counter()
    latest: dict[tuple[str, str], datetime] = {}
    for prompt, model, outcome, ended_at in _judged(apps):
        found = print_of(prompt)
        if found is None:
            continue
        prints[found.key] = found
        if outcome != "blocked":
            passed[found.key, model] += 1
            continue
        refused[found.key, model] += 1
        latest[found.key, model] = max(ended_at, latest.get((found.key, model), ended_at))
    outcomes = apps.get_model("generations", "PromptOutcome")
    rows = (
        outcomes(
            key=key,
            model=model,
            look=prints[key].look,
            refused=refused[key, model],
            passed=passed[key, model],
            last_refused_at=latest.get((key, model)),
            **dict(zip(QUARTERS, prints[key].quarters, strict=True)),
        )
        for key, model in {**refused, **passed}
    )
    outcomes.objects.bulk_create(rows, batch_size=CHUNK)


def _judged(apps: Apps) -> Iterator[tuple[Any, ...]]:
    """New images that were refused, and those of the same prompts that came: the table is read once for each."""
    made = apps.get_model("generations", "Generation").objects.filter(operation="generations")
    blocked = made.filter(outcome="blocked").exclude(refusals__stage__in=("word_list", "account"))
    passed = made.filter(outcome__in=("passed", "withheld"), prompt__in=blocked.values("prompt"))
    for some in (blocked, passed):
        fields = some.values_list("prompt", "model", "outcome", "changed_at")
        yield from fields.order_by().iterator(chunk_size=CHUNK)


class Migration(migrations.Migration):
    dependencies = [("generations", "0016_review")]

    operations = [
        migrations.CreateModel(
            name="PromptOutcome",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=32)),
                ("model", models.CharField(max_length=120, verbose_name="model")),
                ("look", models.BigIntegerField()),
                ("refused", models.PositiveIntegerField(default=0, verbose_name="refused")),
                ("passed", models.PositiveIntegerField(default=0, verbose_name="passed")),
                ("last_refused_at", models.DateTimeField(null=True, verbose_name="last refused")),
                ("quarter_0", models.PositiveIntegerField()),
                ("quarter_1", models.PositiveIntegerField()),
                ("quarter_2", models.PositiveIntegerField()),
                ("quarter_3", models.PositiveIntegerField()),
            ],
            options={
                "verbose_name": "outcome of a prompt",
                "verbose_name_plural": "outcomes of prompts",
                "indexes": [
                    models.Index(condition=models.Q(("refused__gt", 0)), fields=[name], name=f"prompt_{name}")
                    for name in QUARTERS
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("key", "model"), name="one_outcome_per_prompt")
                ],
            },
        ),
        migrations.RunPython(remember, migrations.RunPython.noop),
    ]
