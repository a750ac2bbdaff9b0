"""What the bench of the history asks: our way, and the way one writes it first, with ILIKE and OFFSET."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Count, Q

from generations.history.asked import Asked, Sort
from generations.history.counts import facets, months
from generations.history.filters import COLUMNS
from generations.history.finding import PAGE, count, find, page, place_of
from generations.models import Generation, Image
from generations.models.generations import GenerationQuerySet
from generations.neighbours import neighbours
from team.models import Role, User
from tests.bench.history_rows import BEGIN, DAYS

DEEP: Final = 500  # pages
_COMMON: Final = (
    "light",
    "photo",
    "table",
    "grain",
    "no text",
    "poster",
    "teapot",
    "cat -snow",
    '"wide shot"',
)
_CHINESE: Final = ("橘猫", "水墨", "摄影", "月光", "窗台", "胶片", "高清", "瓷器", "灯塔", "不要文字", "茶")
_RARE: Final = ("Kestrel lum", "corbaden", "品牌名Ilka", "Fjola tam", "vitrine")
_TWO: Final = ("cat watercolour", "橘猫 油画", "tram moonlight", "茶壶 特写", "lemons 35mm", "熊猫 剪影")

Ask = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Query:
    """One line of the table. Each pair is one question asked both ways; milliseconds are what is promised."""

    name: str
    promised: int | None
    asked: Sequence[tuple[Ask, Ask]]


@dataclass(frozen=True, slots=True)
class Taken:
    """How long one question took, in milliseconds: by the clock, and of the processors alone.

    The second is what the first would be on a machine that does nothing else: everything is in memory.
    """

    clock: float
    processors: float


@dataclass(frozen=True, slots=True)
class Line:
    """What was measured of a query, both ways."""

    query: Query
    ours: Sequence[Taken]
    naive: Sequence[Taken]


def measured(query: Query, *, rounds: int) -> Line:
    """Ask everything once to warm up, then `rounds` times; the naive way once, as it takes long."""
    for ours, _naive in query.asked:
        ours()
    return Line(
        query,
        [taken(ours) for _ in range(rounds) for ours, _naive in query.asked],
        [taken(naive) for _ours, naive in query.asked],
    )


def queries(*, seed: int = 7) -> Iterator[Query]:
    """Yield every query of the table, about the largest member and some of all others."""
    rng = random.Random(seed)
    members = by_size()
    largest = members[0]
    administrator = User(pk=members[-1].pk, role=Role.ADMINISTRATOR)
    yield _query("first page, largest member", 60, [(Asked(), largest)])
    deep = _cursor(Asked(), largest, DEEP)
    yield Query("page 500 by cursor, largest member", 60, [_pair(Asked(), largest, after=deep, offset=DEEP)])
    yield _query("any filters, any member", 60, [_any(rng, rng.choice(members)) for _ in range(40)])
    yield _query("any filters, largest member", 60, [_any(rng, largest) for _ in range(40)])
    for sort in (Sort.OLDEST, Sort.RATING, Sort.COST):
        asked = Asked(sort=sort.value)
        after = _cursor(asked, largest, DEEP)
        pairs = [_pair(asked, largest), _pair(asked, largest, after=after, offset=DEEP)]
        yield Query(f"by {sort.value}, first and 500th page, largest member", 60, pairs)
    for name, words in (("common", _COMMON), ("Chinese", _CHINESE), ("rare", _RARE), ("two", _TWO)):
        yield _query(f"{name} words, largest member", 60, [(Asked(words=one), largest) for one in words])
    everybody = Asked(team=True)
    for name, words in (("common", _COMMON), ("Chinese", _CHINESE), ("rare", _RARE), ("two", _TWO)):
        asked_by = [(replace(everybody, words=one), administrator) for one in words]
        yield _query(f"{name} words, whole team", 150, asked_by)
    found = [(replace(everybody, words=one), administrator) for one in (*_COMMON, *_CHINESE, *_TWO)]
    yield Query("count of a search, whole team", None, [_counted(*one) for one in found])
    filtered = [_any(rng, largest) for _ in range(20)]
    yield Query("count of filters, largest member", None, [_counted(*one) for one in filtered])
    yield Query("numbers beside all filters, largest member", None, [_faceted(*filtered[0])])
    yield Query("months, largest member", None, [_by_month(largest)])
    yield Query("the images beside one, in a search", None, [_neighbouring(largest)])


def pages(largest: User, *, seed: int = 7) -> dict[str, Sequence[str]]:
    """Return the addresses of whole pages by what they show, to the largest member."""
    rng = random.Random(seed)
    history = "/history/?"
    deep = history + urlencode({"after": _cursor(Asked(), largest, DEEP)})
    searches = [history + Asked(words=one).address() for one in (*_COMMON, *_CHINESE, *_RARE, *_TWO)]
    return {
        "first page": [history],
        "page 500": [deep],
        "first page as a list": [f"{history}view=list"],
        "first page of any filters": [history + _any(rng, largest)[0].address() for _ in range(40)],
        "first page of a search": searches,
        "first page of a search as a list": [f"{one}&view=list" for one in searches],
        "next section while scrolling": ["/history/part/"],
    }


def by_size() -> list[User]:
    """Return all members, the one with the longest history first."""
    sizes = Generation.objects.values("member").annotate(rows=Count("pk")).order_by("-rows")
    found = User.objects.in_bulk([one["member"] for one in sizes])
    return [found[one["member"]] for one in sizes]


def _query(name: str, promised: int, asked: Sequence[tuple[Asked, User]]) -> Query:
    return Query(name, promised, [_pair(*one) for one in asked])


def _pair(asked: Asked, user: User, *, after: str = "", offset: int = 0) -> tuple[Ask, Ask]:
    return partial(page, asked, user, after), partial(_naive_page, asked, user, offset)


def _naive_page(asked: Asked, user: User, offset: int) -> object:
    keys = {"newest": ["-created_at"], "oldest": ["created_at"], "rating": ["-best_rating", "-created_at"]}
    order = keys.get(asked.sort, ["-cost", "-created_at"])
    begin = offset * PAGE
    return list(_naive(asked, user).order_by(*order).with_images()[begin : begin + PAGE])


def _naive(asked: Asked, user: User) -> GenerationQuerySet:
    """The same conditions, with the words looked for in the prompts themselves."""
    found = find(replace(asked, words=""), user).order_by()
    for word in asked.words.replace('"', "").split():
        is_there = Q(prompt__icontains=word.lstrip("-"))
        found = found.exclude(is_there) if word.startswith("-") else found.filter(is_there)
    return found


def _cursor(asked: Asked, user: User, pages: int) -> str:
    return place_of(find(asked, user)[pages * PAGE - 1], asked)


def _any(rng: random.Random, user: User) -> tuple[Asked, User]:
    """One to four filters of any kind together."""
    day = (BEGIN + timedelta(days=rng.randrange(DAYS))).date()
    tags = list(user.tags.values_list("pk", flat=True))
    choices: dict[str, Any] = {
        "status": (rng.choice(("succeeded", "failed", "blocked", "unknown", "partial")),),
        "outcome": (rng.choice(("passed", "withheld", "blocked")),),
        "category": (rng.choice(("violence", "hate", "public figures")),),
        "model": (rng.choice(("gpt-image-1", "dall-e-3", "flux-2-klein")),),
        "size": (rng.choice(("1024x1024", "1920x1088")),),
        "shape": (rng.choice(("portrait", "landscape")),),
        "quality": (rng.choice(("low", "high")),),
        "background": ("transparent",),
        "n": (rng.choice((2, 4)),),
        "references": rng.random() < 0.5,
        "favourite": True,
        "rating": rng.randint(3, 5),
        "tag": (rng.choice(tags),),
        "collection": user.collections.all()[0].pk,
        "since": day,
        "until": day + timedelta(days=60),
        "cost_from": 0,
        "source": ("remix",),
        "words": rng.choice((*_COMMON, *_CHINESE)),
    }
    chosen = rng.sample(list(choices), rng.randint(1, 4))
    return Asked(**{name: choices[name] for name in chosen}), user


def _counted(asked: Asked, user: User) -> tuple[Ask, Ask]:
    return partial(count, asked, user), lambda: _naive(asked, user).count()


def _faceted(asked: Asked, user: User) -> tuple[Ask, Ask]:
    def naive() -> object:
        found = _naive(asked, user)
        return [list(found.values(column).annotate(rows=Count("pk", distinct=True))) for column in COLUMNS]

    return partial(facets, asked, user), naive


def _by_month(user: User) -> tuple[Ask, Ask]:
    return partial(months, Asked(), user), lambda: list(
        Generation.objects.filter(member=user)
        .values("created_at__year", "created_at__month")
        .annotate(Count("pk"))
    )


def _neighbouring(user: User) -> tuple[Ask, Ask]:
    asked = Asked(words="light", status=("succeeded",))
    generation = find(asked, user)[DEEP]
    images = list(generation.images.all())
    beside = partial(neighbours, images[0], images, in_history=True, asked=asked, user=user)

    def naive() -> object:
        every = Image.objects.filter(generation__in=_naive(asked, user)).order_by("-generation__created_at")
        ids = list(every.values_list("pk", flat=True))
        return ids.index(images[0].pk)

    return beside, naive


def taken(ask: Ask) -> Taken:
    """Ask once, and say how long it took."""
    database = _processor_seconds_of_database()
    begun, here = time.perf_counter(), time.process_time()
    ask()
    clock, here = time.perf_counter() - begun, time.process_time() - here
    return Taken(clock * 1000, (here + _processor_seconds_of_database() - database) * 1000)


def _processor_seconds_of_database() -> float:
    """What our own session's process has used; the server runs beside us."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
