"""A case as evidence says it: what was asked, what was answered, who decided what, and when."""

from typing import Any

from generations.jobs.records import call_record, moments_of, money, plain, refusal_record
from generations.jobs.rows import parameters_of
from generations.models import Case, Generation, Image, PreCheck, ReferenceUse, Verdict
from team.models import User

COLUMNS = (
    "case",
    "kind",
    "severe",
    "opened_at",
    "opened_by",
    "words",
    "decided_at",
    "decision",
    "decided_by",
    "note",
    "member",
    "prompt",
    "model",
    "endpoint",
    "generation",
    "request_ids",
    "stages",
    "reasons",
    "categories",
    "codes",
    "messages",
    "http_status",
    "cost",
    "currency",
    "image_sha256",
    "files",
)


def case_record(case: Case, files: dict[str, str], *, severe: bool, currency: str) -> dict[str, Any]:
    """Return everything about a case; `files` gives the name in the archive for an image's id."""
    generation = case.generation
    calls = [call_record(call) for call in generation.calls.all()]
    return {
        "case": case.pk,
        "kind": case.kind,
        "severe": severe,
        **moments_of(case, ("opened_at", "decided_at")),
        "opened_by": case.opened_by.email if case.opened_by else None,
        "words": case.words,
        "categories": case.category_list,
        **_asked(generation),
        "cost": money(generation.cost),
        "currency": currency,
        "request_ids": [call["request_id"] for call in calls if call["request_id"]],
        "calls": calls,
        "refusals": [refusal_record(refusal) for refusal in generation.refusals.all()],
        "pre_check": _pre_check(getattr(generation, "pre_check", None)),
        "references": [_use(use) for use in generation.reference_uses.all()],
        "images": [_image(image, files) for image in generation.images.all()],
        "verdicts": [_verdict(verdict) for verdict in sorted(case.verdicts.all(), key=lambda one: one.pk)],
    }


def row_of(record: dict[str, Any], standing: Verdict | None) -> dict[str, Any]:
    """Return a line of the table: what the record says, without what does not fit into a cell."""
    refusals, images = record["refusals"], record["images"]
    told = {name: record[name] for name in COLUMNS if name in record}
    return told | {
        "member": record["member"]["email"],
        "decision": standing.decision if standing else "",
        "decided_by": standing.reviewer.email if standing else "",
        "note": standing.note if standing else "",
        **{f"{name}s": [one[name] for one in refusals] for name in ("stage", "reason", "code", "message")},
        "http_status": [one["http_status"] for one in refusals if one["http_status"] is not None],
        "image_sha256": [image["sha256"] for image in images],
        "files": [image["file"] for image in images if image["file"]],
    }


def _asked(generation: Generation) -> dict[str, Any]:
    return {
        "generation": str(generation.pk),
        "member": _person(generation.member),
        **plain(generation, ("prompt", "model", "operation", "n", "status", "outcome", "reason", "source")),
        "parameters": parameters_of(generation),
        "endpoint": generation.endpoint.name,
        "retry_of": str(generation.retry_of_id) if generation.retry_of_id else None,
        **moments_of(generation, ("created_at", "started_at", "finished_at", "forgotten_at")),
    }


def _pre_check(check: PreCheck | None) -> dict[str, Any] | None:
    if check is None:
        return None
    said = ("model", "scores", "stopped_for", "flagged_for", "held_for", "held_from")
    names = (*said, "sentence", "milliseconds")
    endpoint = check.endpoint.name if check.endpoint else None
    return {"endpoint": endpoint, **plain(check, names), **moments_of(check, ("checked_at",))}


def _image(image: Image, files: dict[str, str]) -> dict[str, Any]:
    """Of what is gone the record is left, without a file."""
    names = ("index", "media_type", "width", "height", "bytes", "sha256", "revised_prompt", "hidden_because")
    return {
        "id": str(image.pk),
        "call": str(image.call_id),
        **plain(image, names),
        **moments_of(image, ("created_at", "trashed_at", "hidden_at", "removed_at")),
        "file": files.get(str(image.pk)),
    }


def _use(use: ReferenceUse) -> dict[str, Any]:
    taken = use.reference.image_id
    return {
        **plain(use, ("role", "position")),
        **plain(use.reference, ("name", "sha256")),
        "image": str(taken) if taken else None,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "id": verdict.pk,
        "reviewer": _person(verdict.reviewer),
        **moments_of(verdict, ("created_at",)),
        **plain(verdict, ("decision", "reason", "note", "before", "after")),
        "image": str(verdict.image_id) if verdict.image_id else None,
        "undoes": verdict.undoes_id,
    }


def _person(member: User) -> dict[str, str]:
    return {"name": member.name, "email": member.email}
