"""What the doctor says of one thing that it looked at."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "attention", "broken"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and what to do about it where it is not well."""

    about: str
    state: State
    words: str
    advice: str = ""


def ok(about: str, words: str) -> Finding:
    return Finding(about, "ok", words)


def attention(about: str, words: str, advice: str) -> Finding:
    return Finding(about, "attention", words, advice)


def broken(about: str, words: str, advice: str) -> Finding:
    return Finding(about, "broken", words, advice)
