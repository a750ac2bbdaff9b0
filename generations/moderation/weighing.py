"""What the check before sending says of words and pictures, and what the team's thresholds make of that."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Any, Final

from generations.category_words import EVERY_OTHER
from generations.images_api import Judgement, PictureFile, judge
from generations.models import Endpoint, ModerationPolicy

_MOST_PARTS: Final = 31  # of a prompt; with the whole, as many texts as endpoints take at once
# Where a prompt is cut: at the ends of sentences, else at those of its clauses.
_CUTS: Final = (
    re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])\s*|\s*\n\s*"),
    re.compile(r"(?<=[,:])\s+|(?<=[，、：])\s*|\s+[-–—]\s+"),
)
_LIKELY: Final = 0.1  # from this score on a category that nothing was done about tells something
_SHARE: Final = 0.5  # of the highest score: what a part of the prompt needs to stand out


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the check found, as a PreCheck keeps it."""

    scores: Mapping[str, float]  # by category, 0 to 1: the highest of the whole prompt and its pictures
    stopped_for: tuple[str, ...]
    flagged_for: tuple[str, ...]
    sentence: str


def checking_endpoint(policy: ModerationPolicy) -> Endpoint | None:
    """Return who is asked before anything is sent; None where nobody is, or who is not in use."""
    endpoint = policy.check_endpoint
    return endpoint if endpoint is not None and endpoint.is_active else None


def weigh(
    policy: ModerationPolicy,
    endpoint: Endpoint,
    prompt: str,
    pictures: Sequence[PictureFile] = (),
    *,
    seconds: float,
) -> Weighed:
    """Ask the endpoint within so many seconds, and compare; raises what judge() raises."""
    parts = parts_of(prompt)
    texts = [prompt, *parts] if prompt.strip() else []
    judged = judge(endpoint.connection(), policy.check_model, texts, pictures, deadline=seconds)
    whole, of_parts, of_pictures = judged[: len(texts[:1])], judged[1 : len(texts)], judged[len(texts) :]
    return weighed(policy.thresholds, whole + of_pictures, dict(zip(parts, of_parts, strict=True)))


def weighed(
    thresholds: Mapping[str, Any], wholes: Sequence[Judgement], parts: Mapping[str, Judgement]
) -> Weighed:
    """Compare what was said of the prompt and its pictures with the thresholds.

    Without any threshold the model's own measure stops; with some, what it flags below them goes on.
    """
    names = dict.fromkeys(name for one in wholes for name in (*one.scores, *one.flagged_categories))
    scores = {name: max(one.scores.get(name, 0.0) for one in wholes) for name in names}
    flagged = tuple(dict.fromkeys(name for one in wholes for name in one.flagged_categories))
    if thresholds:
        stopped = tuple(name for name in names if _reaches(thresholds, name, scores[name]))
    else:
        stopped = flagged
    rest = tuple(name for name in flagged if name not in stopped)
    return Weighed(scores, stopped, rest, _sentence(scores, stopped or rest, parts))


def parts_of(prompt: str) -> list[str]:
    """Return the sentences of a prompt as they stand there, or else its clauses; none where it is one."""
    for cut in _CUTS:
        ends = [0, *(found.end() for found in cut.finditer(prompt)), len(prompt)]
        spans = [(start, end) for start, end in pairwise(ends) if prompt[start:end].strip()]
        if len(spans) > 1:
            together = ceil(len(spans) / _MOST_PARTS)
            runs = [spans[at : at + together] for at in range(0, len(spans), together)]
            return list(dict.fromkeys(prompt[run[0][0] : run[-1][1]].strip() for run in runs))
    return []


def _reaches(thresholds: Mapping[str, Any], name: str, score: float) -> bool:
    limit = thresholds.get(name, thresholds.get(EVERY_OTHER))
    return isinstance(limit, int | float) and score >= limit


def _sentence(scores: Mapping[str, float], names: Sequence[str], parts: Mapping[str, Judgement]) -> str:
    """Return the part of the prompt that scores highest in what was found; "" where none stands out."""
    if not names:
        names = [name for name, score in scores.items() if score >= _LIKELY and score == max(scores.values())]
    if not names or not parts:
        return ""
    of_parts = {part: max(one.scores.get(name, 0.0) for name in names) for part, one in parts.items()}
    likely = max(of_parts, key=lambda part: of_parts[part])
    return likely if of_parts[likely] >= _SHARE * max(scores[name] for name in names) > 0 else ""
