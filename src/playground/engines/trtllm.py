"""TensorRT-LLM: a `trtllm-serve` that runs already."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from playground.domain.errors import BadInput, EngineUnavailable, PlaygroundError
from playground.domain.ports import (
    Capability,
    Constraint,
    EngineInfo,
    GenerationRequest,
    Health,
    HealthState,
)
from playground.engines.factory.context import EngineContext
from playground.engines.remote.answer import name_of
from playground.engines.remote.bodies import continues, plain_body
from playground.engines.remote.proving import ProvingEngine
from playground.engines.remote.server import Server, checked_address

KIND = "trtllm"
_ADDRESS = "http://127.0.0.1:8000/v1"
_OTHERS = {"vllm": "openai_compatible", "sglang": "sglang"}
_FIELDS = {"json_schema": "json", "regex": "regex", "grammar": "ebnf"}
_UNTOLD = "the server tells no settings; not asked to prove it yet"


class Options(BaseModel):
    """Options of a TensorRT-LLM server.

    Attributes:
        base_url: where its API begins, ending in /v1; None for http://127.0.0.1:8000/v1.
        api_key: the key itself, passed in from the variable that the configuration names; the
            server has none, a proxy in front of it may.
        model: the model's id, "auto" for the first one that the server lists.
        adapters: LoRA adapters that requests may name, with their folders on the server's machine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str | None = None
    api_key: SecretStr | None = None
    model: str = Field(default="auto", min_length=1)
    adapters: Mapping[str, str] = Field(default_factory=dict)

    _is_address = field_validator("base_url")(checked_address)


def create(options: Options, context: EngineContext) -> TensorRTEngine:
    """Returns the engine; nothing is asked before the first question."""
    del context
    return TensorRTEngine(options)


class TensorRTEngine(ProvingEngine):
    """A `trtllm-serve`, which refuses every field that it does not know.

    It has no way to end a request but to close its connection, for which it looks each second, no
    way to count tokens, and none to continue a begun answer.
    """

    kind = KIND

    def __init__(self, options: Options) -> None:
        key = options.api_key.get_secret_value() if options.api_key else ""
        super().__init__(Server(KIND, options.base_url or _ADDRESS, key), model=options.model)
        self._options = options
        # each adapter by a number of its own, which the server keeps it under
        self._numbers = {name: number for number, name in enumerate(options.adapters, start=1)}
        constraints = Capability.JSON_SCHEMA | Capability.REGEX | Capability.GRAMMAR
        self.at_best = ProvingEngine.at_best | constraints | Capability.CACHE_REPORT
        if options.adapters:
            self.at_best |= Capability.ADAPTERS

    def look(self) -> EngineInfo:
        """Asks for models and version.

        Raises:
            EngineUnavailable: it does not answer, has no model or is another server.
        """
        model = self.chosen(self.listed())
        owner = name_of(model, "owned_by")
        if owner in _OTHERS:
            raise EngineUnavailable(
                f"{self.server.base_url} is no TensorRT-LLM server but says that it is {owner}; "
                f"set kind to {_OTHERS[owner]}."
            )
        version = self.endpoints.get("/version").body.get("version")
        evidence = {claim.name: _UNTOLD for claim in self.at_best if claim.name}
        evidence["CHAT"] = f"GET /v1/models lists the model, owned by {owner or 'nobody'}"
        evidence["STREAM"] = "part of the protocol"
        evidence["CANCEL"] = "closing the connection ends a request; the server looks each second"
        if self._options.adapters:
            evidence["ADAPTERS"] = "the configuration names adapters; the server was not asked"
        return EngineInfo(
            KIND,
            model.id if model else self.wanted,
            version if isinstance(version, str) else "",
            None,
            self.at_best,
            evidence,
        )

    def health(self, *, deep: bool = False) -> Health:
        """Returns the state; `deep` asks for one token."""
        if deep:
            return super().health(deep=True)
        try:
            self._refuse_closed()
            found = self.endpoints.get("/health")
        except PlaygroundError as error:
            return Health(HealthState.DOWN, str(error))
        if found.well:
            return Health(HealthState.READY)
        return Health(HealthState.DOWN, f"{self.server.base_url} says that it is not well")

    def check(self, request: GenerationRequest) -> None:
        """Makes sure that the request can be asked here.

        Raises:
            BadInput: it cannot, or its adapter is not configured.
        """
        super().check(request)
        if request.adapter and request.adapter not in self._numbers:
            raise BadInput(
                f"The adapter {request.adapter!r} is not configured; name it in adapters, or ask "
                "without one."
            )

    def emulates(self, request: GenerationRequest) -> bool:
        """Whether the answer is begun: the server would end the beginning and answer it."""
        return continues(request)

    def body(self, request: GenerationRequest, *, model: str, call_id: str) -> dict[str, Any]:
        """Returns what the server takes and not one field more."""
        del call_id
        if self.emulates(request):
            request = replace(request, messages=request.messages[:-1], stop=())
        body = plain_body(request, model=model)
        if request.constraint is not None:
            body["response_format"] = _format(request.constraint)
        if request.adapter:
            body["extra_body"] = {"lora_request": self._lora(request.adapter)}
        return body

    def load_adapter(self, name: str, *, path: Path) -> None:
        """Refuses: the server reads adapters when a request first names them.

        Raises:
            BadInput: always.
        """
        del path
        raise BadInput(
            f"TensorRT-LLM loads no adapter ahead; name {name!r} in the option adapters."
        )

    def unload_adapter(self, name: str) -> None:
        """Refuses: the server frees adapters itself.

        Raises:
            BadInput: always.
        """
        raise BadInput(f"TensorRT-LLM frees adapters itself; take {name!r} out of adapters.")

    def _lora(self, name: str) -> dict[str, Any]:
        return {
            "lora_name": name,
            "lora_int_id": self._numbers[name],
            "lora_path": self._options.adapters[name],
        }


def _format(constraint: Constraint) -> dict[str, Any]:
    """Returns the response format of a constraint.

    A schema goes as "json": some versions take OpenAI's wrapper of "json_schema" for the schema.
    """
    if constraint.kind == "json_schema":
        return {"type": "json", "schema": json.loads(constraint.value)}
    name = _FIELDS[constraint.kind]
    return {"type": name, name: constraint.value}
