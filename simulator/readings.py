"""Reads one field of a request, or refuses it in the vendor's words."""

from __future__ import annotations

from typing import NoReturn

from simulator.errors import Problem, Refusal, invalid

Fields = dict[str, object]


def text(fields: Fields, name: str) -> str | None:
    value = fields.get(name)
    if value is None or isinstance(value, str):
        return value
    refuse(wrong_type(name, "a string", value))


def whole(fields: Fields, name: str) -> int | None:
    value = fields.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    refuse(wrong_type(name, "an integer", value))


def flag(fields: Fields, name: str) -> bool:
    value = fields.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    refuse(wrong_type(name, "a boolean", value))


def choice(fields: Fields, name: str, known: tuple[str, ...]) -> str | None:
    value = text(fields, name)
    if not value or value in known:
        return value or None
    listed = ", ".join(f"'{option}'" for option in known)
    message = f"Invalid value: '{value}'. Supported values are: {listed}."
    refuse(invalid(message, param=name, code="invalid_value"))


def wrong_type(name: str, expected: str, value: object) -> Problem:
    kinds = {
        bool: "a boolean",
        int: "an integer",
        float: "a decimal number",
        list: "an array",
        dict: "an object",
        str: "a string",
    }
    got = kinds.get(type(value), "null")
    return invalid(
        f"Invalid type for '{name}': expected {expected}, but got {got} instead.",
        param=name,
        code="invalid_type",
    )


def missing(name: str) -> Problem:
    return invalid(f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter")


def refuse(problem: Problem) -> NoReturn:
    raise Refusal(problem)
