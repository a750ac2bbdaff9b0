"""The rows of a team's history, always the same ones from the same seed, as text that both databases read."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from generations.search.index import indexed
from tests.bench.prompts import prompt, revised

MEMBERS: Final = 200
TAGS_EACH: Final = 12
COLLECTIONS_EACH: Final = 2
BEGIN: Final = datetime(2024, 11, 1, tzinfo=UTC)
DAYS: Final = 730
_STEEPNESS: Final = 0.7  # the largest of 200 members has 7.3 % of all

Row = Sequence[object]  # None is NULL

_MODELS: Final = (
    ("gpt-image-1",) * 60 + ("gpt-image-1-mini",) * 20 + ("dall-e-3",) * 14 + ("flux-2-klein",) * 6
)
_SIZES: Final = (
    ("1024x1024", "square", 1024, 1024),
    ("1536x1024", "landscape", 1536, 1024),
    ("1024x1536", "portrait", 1024, 1536),
    ("", "square", 1024, 1024),
    ("1920x1088", "landscape", 1920, 1088),
)
_SIZE_WEIGHTS: Final = (50, 20, 14, 14, 2)
_STATUSES: Final = ("succeeded", "partial", "blocked", "failed", "unknown", "cancelled")
_STATUS_WEIGHTS: Final = (860, 25, 50, 42, 7, 16)
_CATEGORIES: Final = ("sexual", "violence", "hate", "self-harm", "illicit", "harassment", "public figures")
_QUALITIES: Final = ("",) * 5 + ("low",) + ("medium",) * 3 + ("high",) * 3
_SOURCES: Final = ("form",) * 70 + ("retry",) * 10 + ("remix",) * 15 + ("series",) * 5


@dataclass(frozen=True, slots=True)
class Ids:
    """What the rows hang on: rows that have been made before."""

    members: Sequence[int]
    endpoints: Sequence[int]
    tags: dict[int, Sequence[int]]  # by member
    collections: dict[int, Sequence[UUID]]


@dataclass(slots=True)
class Chunk:
    """Rows of every table, in the order of COLUMNS."""

    generation: list[Row]
    call: list[Row]
    image: list[Row]
    refusal: list[Row]
    tagged: list[Row]
    collected: list[Row]
    searched: list[Row]


COLUMNS: Final = {
    "generation": (
        "id member_id submit_token endpoint_id model operation prompt n size aspect_ratio quality style"
        " background moderation output_format input_fidelity status outcome reason images_count created_at"
        " started_at finished_at changed_at keeps_after_cancel source shape best_rating favourites cost"
        " trashed_at"
    ),
    "call": (
        "id generation_id member_id endpoint_id position n repeats priority status outcome epoch worker"
        " spool_host settle_attempts queued_at sent_at received_at settled_at request_id reason endpoint_code"
        " endpoint_message cost effective_size effective_quality effective_background effective_output_format"
    ),
    "image": (
        'id generation_id call_id "index" media_type width height bytes sha256 original thumb_320 thumb_640'
        " revised_prompt created_at is_favourite rating note look trashed_at"
    ),
    "refusal": (
        "call_id generation_id stage reason categories code message request_id http_status asked withheld"
        " created_at"
    ),
    "tagged": "image_id tag_id",
    "collected": "collection_id image_id position added_by_id added_at",
    "searched": "generation_id text categories tokens",
}
TABLES: Final = {
    "generation": "generations_generation",
    "call": "generations_call",
    "image": "generations_image",
    "refusal": "generations_refusal",
    "tagged": "generations_image_tags",
    "collected": "generations_collectionitem",
    "searched": "generations_searchtext",
}


def chunks(ids: Ids, *, rows: int, seed: int, size: int = 5000) -> Iterator[Chunk]:
    """Yield `rows` generations, oldest first, with all that belongs to them."""
    rng = random.Random(seed)
    weights = [(rank + 1) ** -_STEEPNESS for rank in range(len(ids.members))]
    for begin in range(0, rows, size):
        chunk = Chunk([], [], [], [], [], [], [])
        count = min(size, rows - begin)
        for offset, member in enumerate(rng.choices(ids.members, weights, k=count)):
            share = (begin + offset + rng.random()) / rows
            _Made(rng, ids, member, BEGIN + timedelta(days=DAYS) * share).into(chunk)
        yield chunk


class _Made:
    """One generation under way to its rows."""

    def __init__(self, rng: random.Random, ids: Ids, member: int, at: datetime) -> None:
        self.rng, self.ids, self.member = rng, ids, member
        self.at, self.end = _written(at), _written(at + timedelta(seconds=rng.uniform(8, 70)))
        self.pk, self.call = _id(rng), _id(rng)
        self.endpoint = ids.endpoints[rng.random() < 0.15]
        self.text = prompt(rng)
        self.model = rng.choice(_MODELS)
        (self.size, self.shape, self.width, self.height) = rng.choices(_SIZES, _SIZE_WEIGHTS)[0]
        self.quality = rng.choice(_QUALITIES)
        self.n = rng.choices((1, 2, 4), (80, 8, 12))[0]
        self.status = rng.choices(_STATUSES, _STATUS_WEIGHTS)[0]
        self.count = {"succeeded": self.n, "partial": max(1, self.n // 2)}.get(self.status, 0)
        self.trashed = self.end if rng.random() < 0.01 else None
        self.cost = None if rng.random() < 0.15 else f"{rng.choice((0.011, 0.042, 0.167)) * self.n:.6f}"
        self.revised: list[str] = []
        self.ratings: list[int] = []
        self.favourites = 0

    def into(self, chunk: Chunk) -> None:
        for index in range(self.count):
            self._image(chunk, index)
        refused = self._refusal(chunk)
        chunk.generation.append(self._generation(was_refused=bool(refused)))
        chunk.call.append(self._call())
        row = indexed(self.member, [self.text, *dict.fromkeys(self.revised)], refused)
        chunk.searched.append((self.pk, row.text, row.categories, row.tokens))

    def _generation(self, *, was_refused: bool) -> Row:
        outcome = "passed" if self.count else "none"
        if was_refused:
            outcome = "withheld" if self.count else "blocked"
        operation = "edits" if self.rng.random() < 0.12 else "generations"
        return (
            self.pk, self.member, _id(self.rng), self.endpoint, self.model, operation, self.text, self.n,
            self.size, "", self.quality, "", "transparent" if self.rng.random() < 0.05 else "", "", "png", "",
            self.status, outcome, "", self.count, self.at, self.at, self.end, self.end, 1,
            self.rng.choice(_SOURCES), self.shape if self.count else "", max(self.ratings, default=0),
            self.favourites, self.cost, self.trashed,
        )  # fmt: skip

    def _call(self) -> Row:
        status = "unknown" if self.status == "unknown" else "settled"
        outcome = "" if status == "unknown" else self.status
        return (
            self.call, self.pk, self.member, self.endpoint, 0, self.n, 0, 0, status, outcome, 1, "bench", "",
            1, self.at, self.at, self.end, self.end, f"req_{self.call[:12]}", "", "", "", self.cost,
            self.size, self.quality, "", "png",
        )  # fmt: skip

    def _image(self, chunk: Chunk, index: int) -> None:
        rng, pk = self.rng, _id(self.rng)
        is_favourite, rating = rng.random() < 0.06, rng.choice((3, 4, 4, 5)) if rng.random() < 0.1 else 0
        self.favourites += is_favourite
        self.ratings.append(rating)
        said = revised(rng, self.text) if self.model == "dall-e-3" else ""
        self.revised += [said] if said else []
        stem = f"images/{pk[:2]}/{pk}"
        chunk.image.append(
            (
                pk, self.pk, self.call, index, "image/png", self.width, self.height, 1_500_000, _id(rng) * 2,
                f"{stem}.png", f"{stem}-320.webp", f"{stem}-640.webp", said, self.end, int(is_favourite),
                rating, "", rng.getrandbits(63), self.trashed,
            )
        )  # fmt: skip
        if rng.random() < 0.08:
            tags = self.ids.tags[self.member]
            chunk.tagged.append((pk, tags[int(len(tags) * rng.random() ** 2)]))
        if rng.random() < 0.04:
            collection = rng.choice(self.ids.collections[self.member])
            chunk.collected.append((collection.hex, pk, 0, self.member, self.end))

    def _refusal(self, chunk: Chunk) -> Sequence[str]:
        if self.status != "blocked" and not (self.status == "partial" and self.rng.random() < 0.7):
            return ()
        categories = self.rng.sample(_CATEGORIES, self.rng.choice((1, 1, 1, 2)))
        stage = "withheld" if self.count else "input"
        chunk.refusal.append(
            (
                self.call, self.pk, stage, "withheld" if self.count else "moderation_blocked",
                json.dumps(categories), "moderation_blocked",
                "Your request was rejected by the safety system.", f"req_{self.call[:12]}", 400, self.n,
                self.n - self.count, self.end,
            )
        )  # fmt: skip
        return categories


def _id(rng: random.Random) -> str:
    return f"{rng.getrandbits(128):032x}"


def _written(at: datetime) -> str:
    """A time as both databases take it, in UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S.%f}"
