"""Asks an endpoint's check of words and pictures what it makes of some: POST /moderations, which is free."""

import base64
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from generations.images_api.cleaning import clean
from generations.images_api.errors import EndpointError, Rejected, Unreadable
from generations.images_api.json_post import post_json
from generations.images_api.reasons import Reason
from generations.images_api.requests import Connection, PictureFile
from generations.images_api.wire import Deadline

_WORDS_ONLY = "text-moderation"  # how the models are called that see no pictures
# What the others say that see none: gateways map one name to any model.
_SEES_NONE = re.compile(
    r"(?:\btakes? no|\b(?:do|does|is|are|can) ?not (?:\w+ )?(?:support|accept|allow|take)"
    r"|n['’]t (?:support|accept)|only (?:support|accept)s? (?:text|string)|unsupported)[^.]{0,80}image"
    r"|images?[^.]{0,60}(?:not (?:supported|allowed|accepted)|unsupported)"
    r"|cannot unmarshal|不支持[^。]{0,20}(?:图|多模态)|图[^。]{0,20}不支持",
    re.IGNORECASE,
)
_AT_ONCE = 4  # requests with a picture each
_NAME_LIMIT = 120  # characters of a category
_MOST_CATEGORIES = 200


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the check makes of one text or one picture."""

    flagged: bool  # by the model's own measure
    scores: Mapping[str, float]  # by category, 0 to 1
    flagged_categories: tuple[str, ...]  # never empty when it is flagged


def judge(
    connection: Connection,
    model: str,
    texts: Sequence[str],
    pictures: Sequence[PictureFile] = (),
    *,
    deadline: float = 10.0,
) -> tuple[Judgement, ...]:
    """Return a judgement for each text, and then for each picture: for none where the model sees none.

    All of it takes at most `deadline` seconds. The texts go in one request, every picture in one of its own;
    `model` may be "", which leaves it to the endpoint.

    Raises NotSent, Unanswered, Rejected (Busy for a 429), Unreadable, and OSError for a picture's file.
    """
    until = Deadline(deadline)
    said = _asked(connection, model, list(texts), until, of=len(texts)) if texts else ()
    if not pictures or model.startswith(_WORDS_ONLY):
        return said
    try:
        return said + _seen(connection, model, pictures, until)
    except Rejected as no:
        if no.endpoint and _SEES_NONE.search(no.endpoint.message):
            return said
        raise


def _seen(
    connection: Connection, model: str, pictures: Sequence[PictureFile], until: Deadline
) -> tuple[Judgement, ...]:
    def ask(picture: PictureFile) -> Judgement:
        data = base64.b64encode(picture.path.read_bytes()).decode()
        part = {"type": "image_url", "image_url": {"url": f"data:{picture.media_type};base64,{data}"}}
        [judgement] = _asked(connection, model, [part], until, of=1)
        return judgement

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="pre-check") as pool:
        return tuple(pool.map(ask, pictures))


def _asked(
    connection: Connection, model: str, given: Sequence[object], until: Deadline, *, of: int
) -> tuple[Judgement, ...]:
    body: dict[str, Any] = {"input": given} | ({"model": model} if model else {})
    answer = post_json(connection, "moderations", body, deadline=max(until.left(), 0.0))
    results = answer.get("results")
    if not isinstance(results, list) or len(results) != of:
        raise _unreadable()
    return tuple(_judgement(result, secret=connection.api_key) for result in results)


def _judgement(result: Any, *, secret: str) -> Judgement:
    scores = _mapping(result, "category_scores", secret=secret)
    categories = _mapping(result, "categories", secret=secret)
    flagged = result.get("flagged")
    if not isinstance(flagged, bool) or not all(
        value in (True, False, None) for value in categories.values()
    ):
        raise _unreadable()
    read = {name: _score(score) for name, score in scores.items() if score is not None}
    if not flagged:
        return Judgement(False, read, ())
    named = tuple(name for name, is_flagged in categories.items() if is_flagged)
    # A model that flags and names nothing means what it scores highest.
    return Judgement(True, read, named or (max(read, key=lambda name: read[name], default="flagged"),))


def _mapping(result: Any, name: str, *, secret: str) -> dict[str, Any]:
    """Return what is there by category; a null, as older models have it, stays one."""
    found = result.get(name) if isinstance(result, dict) else None
    if not isinstance(found, dict) or len(found) > _MOST_CATEGORIES:
        raise _unreadable()
    if any(not key or key != clean(key, secret=secret, limit=_NAME_LIMIT) for key in found):
        raise _unreadable()
    return found


def _score(score: Any) -> float:
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise _unreadable()
    if not 0 <= score <= 1:  # which a NaN is not either
        raise _unreadable()
    return float(score)


def _unreadable() -> Unreadable:
    return Unreadable.because(Reason.NOT_JSON, EndpointError(status=200))
