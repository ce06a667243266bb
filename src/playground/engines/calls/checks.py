"""What is refused before an engine is called."""

from __future__ import annotations

import json

from playground.domain.errors import BadInput
from playground.domain.ports import Capability, GenerationRequest

_ROLES = frozenset({"system", "user", "assistant"})
_CONSTRAINTS = {
    "json_schema": Capability.JSON_SCHEMA,
    "regex": Capability.REGEX,
    "grammar": Capability.GRAMMAR,
}


def check_request(request: GenerationRequest, *, kind: str, capabilities: Capability) -> None:
    """Makes sure that a request is whole and that the engine can do what it asks for.

    Raises:
        BadInput: it is not, or the engine cannot.
    """
    _check_shape(request)
    if request.adapter and Capability.ADAPTERS not in capabilities:
        refuse_adapters(kind)
    constraint = request.constraint
    if constraint is None:
        return
    needed = _CONSTRAINTS.get(constraint.kind)
    if needed is None:
        names = ", ".join(_CONSTRAINTS)
        raise BadInput(f"There is no constraint {constraint.kind!r}; choose one of: {names}.")
    if needed not in capabilities:
        raise BadInput(
            f"The engine {kind} cannot hold answers to a {constraint.kind}; "
            "choose an engine that can, or ask without one."
        )
    if needed is Capability.JSON_SCHEMA:
        _check_schema(constraint.value)
    if needed is Capability.REGEX and "\n" in constraint.value:
        raise BadInput(r"A regular expression must be one line; write \n for a line's end.")


def refuse_adapters(kind: str) -> None:
    """Says that an engine has no LoRA adapters.

    Raises:
        BadInput: always.
    """
    raise BadInput(f"The engine {kind} cannot use adapters; choose an engine that can.")


def _check_shape(request: GenerationRequest) -> None:
    if not request.messages:
        raise BadInput("A request needs at least one message; add one.")
    for message in request.messages:
        if message.role not in _ROLES:
            raise BadInput(f"There is no role {message.role!r}; use system, user or assistant.")
    if request.max_tokens < 1:
        raise BadInput(f"max_tokens is {request.max_tokens}; set it to 1 or more.")
    if not 0 <= request.temperature <= 2:
        raise BadInput(f"temperature is {request.temperature}; set it between 0 and 2.")
    if not 0 < request.top_p <= 1:
        raise BadInput(f"top_p is {request.top_p}; set it above 0 and up to 1.")
    if request.deadline_s <= 0:
        raise BadInput(f"deadline_s is {request.deadline_s}; set it above 0.")
    if any(not stop for stop in request.stop):
        raise BadInput("An empty text cannot end an answer; leave it out of stop.")


def _check_schema(text: str) -> None:
    try:
        schema: object = json.loads(text)
    except ValueError as error:
        raise BadInput(f"The JSON schema is no JSON ({error}); correct it.") from error
    if not isinstance(schema, dict):
        raise BadInput("The JSON schema is no object; correct it.")
