"""POST /v1/chat/completions: a model that says the prompt of the last message again, in milder words."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass

from simulator.catalogue import find
from simulator.delivery import Line, Manner, Outgoing, deliver
from simulator.errors import JsonValue, body_of, invalid, no_quota, unknown_model
from simulator.faults import Faults, chat_faults, read_faults
from simulator.jobs import status_problem
from simulator.ledger import Ledger
from simulator.mild_words import said_mildly
from simulator.moderations import is_about_minors
from simulator.options import Options
from simulator.pages import page_of
from simulator.readings import Fields, flag, missing, refuse, text, wrong_type
from simulator.usage import text_tokens

_CREATED = 1_721_172_741
_REFUSAL = "I'm sorry, but I can't help with that."
_THOUGHTS = "The user wants milder words. I keep the subject."


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, and what its words order."""

    model: str
    prompt: str
    # Of all messages.
    tokens: int
    faults: Faults


def read_question(fields: Fields, options: Options) -> Question:
    model = text(fields, "model")
    if not model:
        refuse(missing("model"))
    known = find(model)
    if known is None or known.family is not None or "moderation" in model:
        refuse(unknown_model(model, options.shape))
    if flag(fields, "stream"):
        refuse(invalid("The simulator does not stream chats.", param="stream", code="invalid_value"))
    said = _said(fields)
    prompt = _prompt(said[-1][1])
    faults = chat_faults(read_faults(prompt)[1])
    return Question(model, prompt, sum(text_tokens(words) for _, words in said), faults)


async def serve_chat(
    question: Question, row: int, line: Line, *, ledger: Ledger, options: Options, request_id: str
) -> None:
    """Answer, and write down what was executed: as with images, hanging up changes nothing about that."""
    faults = question.faults
    early = _early(question, options, request_id)
    if early is None:
        ledger.execute(row)
        await asyncio.sleep(faults.number("slow") or 0)
        page = page_of(faults)
        early = page or Outgoing(200, json.dumps(_answer(question), ensure_ascii=False).encode())
    ledger.finish(row, status=None if "drop" in faults else early.status, images=0)
    manner = Manner(
        drop="drop" in faults,
        drop_body="drop-body" in faults,
        truncate="truncate" in faults,
        gzip="gzip" in faults,
        endless="endless" in faults,
    )
    if await deliver(early, manner, line):
        ledger.deliver(row)


def _said(fields: Fields) -> list[tuple[str, str]]:
    given = fields.get("messages")
    if given is None:
        refuse(missing("messages"))
    if not isinstance(given, list) or not given:
        refuse(wrong_type("messages", "an array", given))
    said = [
        (message.get("role"), _words(message.get("content"))) for message in given if _is_message(message)
    ]
    if len(said) != len(given) or said[-1][0] != "user":
        refuse(invalid("Invalid 'messages': the last one must be the user's.", param="messages", code=None))
    return said


def _is_message(message: object) -> bool:
    return isinstance(message, dict) and message.get("role") in ("system", "developer", "user", "assistant")


def _words(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    words = [part.get("text") if isinstance(part, dict) else None for part in parts]
    if not words or not all(isinstance(word, str) for word in words):
        refuse(wrong_type("messages", "a string or an array of text parts", content))
    return "".join(word for word in words if isinstance(word, str))


def _prompt(words: str) -> str:
    """The message itself, or what stands under `prompt` where it is an object."""
    try:
        given = json.loads(words)
    except ValueError:
        return words
    prompt = given.get("prompt") if isinstance(given, dict) else None
    return prompt if isinstance(prompt, str) else words


def _early(question: Question, options: Options, request_id: str) -> Outgoing | None:
    """Everything that ends a question before it costs anything."""
    faults = question.faults
    page = page_of(faults)
    if page is not None and page.status < 500:
        return page
    if "quota" in faults:
        problem = no_quota(options.shape)
    elif "status" in faults:
        problem = status_problem(faults, question.model, options.shape, request_id)
    else:
        return None
    body = json.dumps(body_of(problem, options.shape, request_id), ensure_ascii=False).encode()
    return Outgoing(problem.status, body, (("content-type", "application/json"), *problem.headers))


def _answer(question: Question) -> dict[str, JsonValue]:
    faults = question.faults
    message, finish = _message(question)
    written = text_tokens(json.dumps(message, ensure_ascii=False))
    choice: dict[str, JsonValue] = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    body: dict[str, JsonValue] = {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": _CREATED,
        "model": question.model,
        "choices": [] if "no-choices" in faults else [choice],
    }
    if "no-usage" not in faults:
        body["usage"] = {
            "prompt_tokens": question.tokens,
            "completion_tokens": written,
            "total_tokens": question.tokens + written,
        }
    return body


def _message(question: Question) -> tuple[dict[str, JsonValue], str]:
    faults = question.faults
    message: dict[str, JsonValue] = {"role": "assistant", "content": None, "refusal": None}
    if "refusal" in faults or is_about_minors(question.prompt):
        return message | {"refusal": _REFUSAL}, "stop"
    if "filter" in faults:
        return message, "content_filter"
    if "null" in faults:
        return message | {"reasoning_content": _THOUGHTS}, "length"
    if "reasoning" in faults:
        message["reasoning_content"] = _THOUGHTS
    return message | {"content": _content(question)}, "stop"


def _content(question: Question) -> JsonValue:
    faults = question.faults
    words = question.prompt if "same" in faults else said_mildly(question.prompt)
    if "long" in faults:
        words += " very" * 6_600
    if "empty" in faults:
        words = ""
    elif "excuse" in faults:
        words = _REFUSAL
    elif "fence" in faults:
        words = f"Here is the prompt:\n\n```text\n{words}\n```"
    elif "quotes" in faults:
        words = f"“{words}”"
    elif "reasoning" in faults:
        words = f"<think>\n{_THOUGHTS}\n</think>\n\n{words}"
    return [{"type": "text", "text": words}] if "list" in faults else words
