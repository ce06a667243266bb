"""Bodies of chat completions: what all servers take, and how each takes a constraint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from playground.domain.ports import Constraint, GenerationRequest


def plain_body(
    request: GenerationRequest, *, model: str, tokens_field: str = "max_tokens"
) -> dict[str, Any]:
    """Returns what every server of the protocol takes.

    Temperature, nucleus and bound are always sent: servers have defaults of their own.
    """
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        tokens_field: request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
    }
    if request.stop:
        body["stop"] = list(request.stop)
    if request.seed is not None:
        body["seed"] = request.seed
    return body


def schema_format(constraint: Constraint) -> Mapping[str, Any]:
    """Returns a JSON schema as OpenAI's response format."""
    schema = {"name": "answer", "schema": json.loads(constraint.value)}
    return {"type": "json_schema", "json_schema": schema}


def continues(request: GenerationRequest) -> bool:
    """Whether the request begins its answer itself."""
    return bool(request.messages) and request.messages[-1].role == "assistant"
