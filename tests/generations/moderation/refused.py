"""A generation that the endpoint has refused, and a chat model that is asked about it, at the same wire."""

import json
from typing import Any

from generations.models import Endpoint, Generation, ModerationPolicy
from tests.fake_endpoint import FakeEndpoint, Scripted, error
from tests.generations.conftest import Submit, run_everything

CHAT_MODEL = "chatty-1"


def refused(ask: Submit, wire: FakeEndpoint, *categories: str, **fields: Any) -> Generation:
    """Ask, and let the endpoint refuse it before anything is made."""
    details = {"moderation_stage": "input", "categories": list(categories)}
    wire.answers = [error(400, code="moderation_blocked", message="Rejected.", moderation_details=details)]
    made = ask(**fields)
    run_everything()
    wire.asked.clear()
    wire.answers = [said("a calm cat")]
    return Generation.objects.with_results().get(pk=made.pk)


def offered(endpoint: Endpoint, *, model: str = CHAT_MODEL) -> None:
    """Let an administrator have set who proposes other words."""
    ModerationPolicy.objects.update_or_create(
        pk=1, defaults={"rewrite_endpoint": endpoint, "rewrite_model": model}
    )


def said(content: object, **message: Any) -> Scripted:
    """An answer of a chat model."""
    choice = {"index": 0, "message": {"content": content, **message}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 31, "completion_tokens": 7}
    return Scripted(body=json.dumps({"choices": [choice], "usage": usage}).encode())


def uncounted(content: str) -> Scripted:
    """An answer of a chat model that does not say what it counted."""
    choice = {"index": 0, "message": {"content": content}, "finish_reason": "stop"}
    return Scripted(body=json.dumps({"choices": [choice]}).encode())
