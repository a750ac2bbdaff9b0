"""Posts a small JSON object to one of the endpoint's other addresses, and gives its answer."""

from collections.abc import Mapping
from typing import Any

from generations.images_api.errors import Unreadable
from generations.images_api.json_call import ask
from generations.images_api.reasons import Reason
from generations.images_api.requests import Connection

_LARGEST = 1_000_000  # bytes


def post_json(
    connection: Connection,
    path: str,
    body: Mapping[str, Any],
    *,
    deadline: float,
    largest: int = _LARGEST,
) -> dict[str, Any]:
    """Post to `path` under the base URL ("moderations") and return the object that comes back.

    It is asked once, within `deadline` seconds; an answer of more than `largest` bytes is not read. Raises
    NotSent, Unanswered, Rejected (Busy for a 429) or Unreadable, where the answer is no JSON object, too.
    """
    url = f"{connection.base_url}/{path}"
    answer = ask("POST", url, connection, deadline=deadline, largest=largest, body=body)
    if not isinstance(answer.parsed, dict):
        raise Unreadable.because(Reason.NOT_JSON, answer.said)
    return answer.parsed
