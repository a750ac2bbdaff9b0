"""POST /v1/moderations: thirteen categories, scored by words, the same way every time."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Sequence

from simulator.errors import JsonValue, Problem, Refusal, gateway_invalid, invalid, no_quota
from simulator.faults import read_faults
from simulator.jobs import status_problem
from simulator.looking import words_in
from simulator.options import Shape
from simulator.readings import Fields, missing, refuse, text, wrong_type

OMNI = ("omni-moderation-latest", "omni-moderation-2024-09-26")
OLDER = ("text-moderation-latest", "text-moderation-stable", "text-moderation-007")
# What a picture is looked at for; the rest is judged by words only.
SEEN_IN_IMAGES = frozenset(
    {"self-harm", "self-harm/intent", "self-harm/instructions", "sexual", "violence", "violence/graphic"}
)
# A narrower category is flagged together with its wider one.
CATEGORIES: dict[str, str] = {
    "harassment": "you idiot|worthless|loser|白痴|废物",
    "harassment/threatening": "i will hurt you|i will find you|你给我等着",
    "hate": "subhuman|vermin race|劣等民族",
    "hate/threatening": "exterminate them all|杀光他们",
    "illicit": "pick a lock|launder money|cook meth|撬锁|洗钱|制毒",
    "illicit/violent": "build a bomb|pipe bomb|make a weapon|制造炸弹",
    "self-harm": "suicide|self-harm|cut myself|自杀|自残",
    "self-harm/intent": "i want to die|kill myself|我想死",
    "self-harm/instructions": "how to kill yourself|自杀方法",
    "sexual": "nude|naked|porn|erotic|lingerie|sexy|裸体|色情|性感",
    "sexual/minors": "sexy child|naked child|儿童色情",
    "violence": "kill|blood|stab|gunfight|torture|massacre|杀|流血|血腥",
    "violence/graphic": "gore|gory|beheading|dismembered|斩首|肢解",
}
_COMPILED = {
    name: re.compile("|".join(rf"\b{word}\b" if word.isascii() else word for word in words.split("|")))
    for name, words in CATEGORIES.items()
}


def moderated(fields: Fields, shape: Shape) -> dict[str, JsonValue]:
    model = text(fields, "model") or OMNI[0]
    if model not in OMNI + OLDER:
        refuse(_unknown_model(model))
    inputs = _inputs(fields, shape)
    if model in OLDER and any(links for _, links in inputs):
        refuse(invalid(f"The model '{model}' takes no images.", param="input", code="invalid_value"))
    _obey_faults(" ".join(words for words, _ in inputs), model, shape)
    return {
        "id": f"modr-{uuid.uuid4().hex}",
        "model": model,
        "results": [_result(words, links, is_omni=model in OMNI) for words, links in inputs],
    }


def is_about_minors(words: str) -> bool:
    return _COMPILED["sexual/minors"].search(words.lower()) is not None


def _inputs(fields: Fields, shape: Shape) -> list[tuple[str, list[str]]]:
    """Texts and links to images: one pair per string, and one for all parts together."""
    given = fields.get("input")
    if given in (None, "", []):
        refuse(gateway_invalid("field input is required") if shape is Shape.NEW_API else missing("input"))
    if isinstance(given, str):
        return [(given, [])]
    if not isinstance(given, list):
        refuse(wrong_type("input", "a string or an array", given))
    if all(isinstance(one, str) for one in given):
        return [(one, []) for one in given]
    return [_parts(given)]


def _parts(given: Sequence[object]) -> tuple[str, list[str]]:
    words: list[str] = []
    links: list[str] = []
    for part in given:
        kind = part.get("type") if isinstance(part, dict) else None
        said = part.get("text") if isinstance(part, dict) else None
        image = part.get("image_url") if isinstance(part, dict) else None
        url = image.get("url") if isinstance(image, dict) else None
        if kind == "text" and isinstance(said, str):
            words.append(said)
        elif kind == "image_url" and isinstance(url, str):
            links.append(url)
        else:
            refuse(invalid("Invalid part of 'input'.", param="input", code="invalid_value"))
    return " ".join(words), links


def _obey_faults(words: str, model: str, shape: Shape) -> None:
    faults = read_faults(words)[1]
    if "quota" in faults:
        raise Refusal(no_quota(shape))
    if "status" in faults:
        raise Refusal(status_problem(faults, model, shape, f"req_{uuid.uuid4().hex}"))


def _result(words: str, links: list[str], *, is_omni: bool) -> JsonValue:
    shown = " ".join(filter(None, map(_shown_by, links)))
    spoken = read_faults(words)[0].lower()
    by_text = {name for name, pattern in _COMPILED.items() if pattern.search(spoken)}
    by_image = {name for name in SEEN_IN_IMAGES if _COMPILED[name].search(shown)}
    flagged = {name.partition("/")[0] for name in by_text | by_image} | by_text | by_image
    result: dict[str, JsonValue] = {
        "flagged": bool(flagged),
        "categories": {name: _verdict(name, flagged, is_omni=is_omni) for name in CATEGORIES},
        "category_scores": {
            name: _score(name, words + shown, is_flagged=name in flagged) for name in CATEGORIES
        },
    }
    if is_omni:
        kinds = (["text"] if words else []), (["image"] if links else [])
        result["category_applied_input_types"] = {
            name: [*kinds[0], *(kinds[1] if name in SEEN_IN_IMAGES else [])] for name in CATEGORIES
        }
    return result


def _shown_by(link: str) -> str:
    """A picture is judged by the words of its link, and one that came as data by its colour."""
    return words_in(link) if link.startswith("data:") else re.sub(r"[^a-z]+", " ", link.lower())


def _verdict(name: str, flagged: set[str], *, is_omni: bool) -> bool | None:
    return None if name.startswith("illicit") and not is_omni else name in flagged


def _score(name: str, said: str, *, is_flagged: bool) -> float:
    share = hashlib.sha256(f"{name} {said}".encode()).digest()[0] / 255
    return round(0.62 + 0.37 * share if is_flagged else 0.0001 + 0.02 * share, 6)


def _unknown_model(model: str) -> Problem:
    message = f"Invalid value: '{model}'. Supported values are: " + ", ".join(f"'{one}'" for one in OMNI)
    return invalid(message, param="model", code="invalid_value")
