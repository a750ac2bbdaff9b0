"""Answers that promise images for later: tasks to be polled, which this client does not do."""

from generations.images_api.json_spans import JsonText, JsonValue

_TASK_ID_NAMES = ("task_id", "taskId")
_STATUS_NAMES = ("status", "task_status", "state")
_NESTED_NAMES = ("data", "result", "response", "output")
# Whatever else a task's status says, there is something to wait for.
_ENDED = frozenset(["completed", "complete", "succeeded", "success", "finished", "done", "ok"])
FAILED = frozenset(["failed", "failure", "error", "cancelled", "canceled", "expired", "rejected"])
_WORD_LIMIT = 40  # bytes
# What Midjourney's proxy means by taken, already there, and queued.
_TAKEN = (1, 21, 22)


def is_task(body: JsonValue) -> bool:
    if not isinstance(body, dict):
        return False
    places = [body, *(_first(body.get(name)) for name in _NESTED_NAMES)]
    return any(_is_one(place) for place in places if isinstance(place, dict)) or _is_taken(body)


def status_word(place: dict[str, JsonValue]) -> str:
    for name in _STATUS_NAMES:
        status = place.get(name)
        if isinstance(status, JsonText) and len(status):
            return status.text(_WORD_LIMIT).lower()
    return ""


def _is_one(place: dict[str, JsonValue]) -> bool:
    status = status_word(place)
    if status in FAILED:
        return False
    if any(_is_id(place.get(name)) for name in _TASK_ID_NAMES):
        return True
    return _is_id(place.get("id")) and bool(status) and status not in _ENDED


def _is_taken(body: dict[str, JsonValue]) -> bool:
    return body.get("code") in _TAKEN and "description" in body and _is_id(body.get("result"))


def _is_id(value: JsonValue) -> bool:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return is_number or (isinstance(value, JsonText) and len(value) > 0)


def _first(value: JsonValue) -> JsonValue:
    return value[0] if isinstance(value, list) and value else value
