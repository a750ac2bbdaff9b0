"""Which names a request may have, by model and operation."""

from __future__ import annotations

import re

from simulator.bodies import Operation, Sent
from simulator.catalogue import Family, Way
from simulator.errors import invalid, unknown_parameter
from simulator.options import Shape
from simulator.readings import choice, refuse

_VARIATIONS = frozenset({"model", "n", "size", "response_format", "user"})
# What the gateway passes on and the vendor may then refuse; any other field it does not know it drops.
_PASSED_ON = frozenset({"response_format", "input_fidelity", "moderation", "stream"})


def check_names(
    sent: Sent, family: Family, operation: Operation, shape: Shape, *, takes_moderation: bool
) -> None:
    known = _known(sent, family, operation)
    if operation is Operation.EDITS and sent.is_multipart and not takes_moderation:
        known -= {"moderation"}
    unknown = [name for name in sent.fields if name not in known]
    if shape is Shape.NEW_API:
        unknown = [name for name in unknown if name in _PASSED_ON and _vendor_refuses(name, family)]
    if unknown:
        refuse(unknown_parameter(unknown[0], shape))
    if operation is Operation.EDITS:
        _check_fidelity(sent, family)


def _known(sent: Sent, family: Family, operation: Operation) -> set[str]:
    if operation is Operation.VARIATIONS:
        return set(_VARIATIONS)
    known = set(family.parameters)
    inputs = family.inputs
    if inputs is None:
        return known
    if operation is Operation.EDITS:
        known |= {"input_fidelity"} if inputs.fidelities else set()
        known |= {Way.IMAGES: {"images", "mask"}, Way.IMAGE_URL: {"image"}}.get(
            sent.way or Way.MULTIPART, set()
        )
    elif Way.INPUT_IMAGE in inputs.ways:
        known |= {name for name in sent.fields if re.fullmatch(r"input_image(_[2-8])?", name)}
    elif Way.IMAGE_FIELD in inputs.ways:
        known |= {"image"}
    return known


def _vendor_refuses(name: str, family: Family) -> bool:
    """Other vendors' channels only take what they know from the request, and leave the rest."""
    return family.counts_tokens or (family.speaks_dall_e and name in {"input_fidelity", "stream"})


def _check_fidelity(sent: Sent, family: Family) -> None:
    fidelities = family.inputs.fidelities if family.inputs else ()
    if not fidelities:
        return
    if sent.fields.get("input_fidelity") == "high" and "high" not in fidelities:
        message = f"input_fidelity 'high' is only supported for gpt-image-1, and not for {family.name}."
        refuse(invalid(message, param="input_fidelity", code="invalid_value"))
    choice(sent.fields, "input_fidelity", fidelities)
