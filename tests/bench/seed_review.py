"""Rows for the bench of the review: refusals with their cases, as a large team would leave them behind."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.db import transaction

from generations.cases import as_lines, is_severe
from generations.models import Call, Case, Endpoint, Generation, Refusal, Verdict
from team.models import Role, User

MEMBERS = 200
_CHUNK = 5000
_MODELS = ("gpt-image-1", "gpt-image-2", "dall-e-3", "flux-2-klein")
_CATEGORIES = ("sexual", "violence", "hate", "harassment", "brand", "artist")
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def fill(*, rows: int, waiting: float = 0.5, seed: int = 20261122) -> User:
    """Write `rows` refusals, a part of them waiting, one in 500 severe; return a reviewer."""
    rng = random.Random(seed)
    with transaction.atomic():
        reviewer = User.objects.create(
            email=f"bench-{uuid4().hex}@studio.example", name="Bench", role=Role.REVIEWER
        )
        members = User.objects.bulk_create(
            User(email=f"seed-{reviewer.pk}-{number}@studio.example", name=f"Seed {number}")
            for number in range(MEMBERS)
        )
        endpoint = Endpoint.objects.create(name=f"Seed {reviewer.pk}", base_url="http://127.0.0.1:9/v1")
        for begin in range(0, rows, _CHUNK):
            number = min(_CHUNK, rows - begin)
            _write(rng, members, endpoint, reviewer, begin=begin, number=number, waiting=waiting)
    return reviewer


def _write(
    rng: random.Random,
    members: list[User],
    endpoint: Endpoint,
    reviewer: User,
    *,
    begin: int,
    number: int,
    waiting: float,
) -> None:
    made = Generation.objects.bulk_create(_generations(rng, members, endpoint, begin=begin, number=number))
    calls = Call.objects.bulk_create(
        Call(
            generation=one,
            member_id=one.member_id,
            endpoint=endpoint,
            n=1,
            status="settled",
            outcome="blocked",
        )
        for one in made
    )
    refusals = Refusal.objects.bulk_create(
        Refusal(
            call=call,
            generation=call.generation,
            stage="input",
            reason="moderation_blocked",
            categories=rng.sample(_CATEGORIES, rng.randrange(3)) + (["csam"] if rng.random() < 0.002 else []),
            message="Your request was rejected as a result of our safety system.",
            asked=1,
            withheld=1,
        )
        for call in calls
    )
    cases = Case.objects.bulk_create(_case(rng, refusal, waiting=waiting) for refusal in refusals)
    decided = [case for case in cases if case.decided_at]
    Verdict.objects.bulk_create(Verdict(case=case, reviewer=reviewer, decision="right") for case in decided)


def _generations(
    rng: random.Random, members: list[User], endpoint: Endpoint, *, begin: int, number: int
) -> Iterator[Generation]:
    for place in range(begin, begin + number):
        yield Generation(
            member=members[min(int(rng.expovariate(0.15)), len(members) - 1)],
            submit_token=uuid4(),
            endpoint=endpoint,
            model=rng.choices(_MODELS, (60, 30, 9.9, 0.1))[0],
            prompt=f"prompt {place} with some words about a picture",
            n=1,
            status="blocked",
            outcome="blocked",
            created_at=_BEGIN + timedelta(seconds=40 * place),
        )


def _case(rng: random.Random, refusal: Refusal, *, waiting: float) -> Case:
    generation = refusal.generation
    at = generation.created_at + timedelta(seconds=20)
    is_waiting = rng.random() < waiting
    return Case(
        kind="refusal",
        generation=generation,
        member_id=generation.member_id,
        model=generation.model,
        categories=as_lines(refusal.categories),
        refusal=refusal,
        is_severe=is_severe(refusal.categories),
        opened_at=at,
        decided_at=None if is_waiting else at + timedelta(hours=rng.randint(1, 40)),
        version=0 if is_waiting else 1,
    )
