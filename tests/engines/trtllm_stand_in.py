"""A stand-in for trtllm-serve on the loopback interface: synthetic, after its published source.

Its bodies were never recorded from a real server. What matters is that it refuses, as the real
one does, every field that it does not know.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from loopback_server import Behaviour, Handler, serving

_FIELDS = {
    *("messages", "model", "max_tokens", "temperature", "top_p", "seed", "stop", "stream"),
    *("stream_options", "response_format", "lora_request", "priority", "chat_template_kwargs"),
}
_LORA = {"lora_name", "lora_int_id", "lora_path"}
_FORMATS = {"json": "schema", "regex": "regex", "ebnf": "ebnf"}
_CONSTRAINED = {"json": '{"verdict": "drop"}', "regex": "no", "ebnf": "right-7"}


@dataclass
class TensorRTBehaviour(Behaviour):
    """What the stand-in does; tests change it while it runs."""

    owner: str = "tensorrt_llm"
    models: tuple[str, ...] = ("counter",)
    guided: bool = True
    well: bool = True


class _TensorRT(Handler):
    own: TensorRTBehaviour

    def _got(self) -> None:
        if self.path == "/health":
            self._send(200 if self.own.well else 503, b"")
        elif self._refused():
            return
        elif self.path == "/version":
            self._json({"version": "1.2.1"})
        elif self.path == "/v1/models":
            models = [
                {"id": m, "object": "model", "owned_by": self.own.owner} for m in self.own.models
            ]
            self._json({"object": "list", "data": models})
        else:
            self._json({"detail": "Not Found"}, status=404)

    def _complaint(self, body: dict[str, Any]) -> str:
        wanted: dict[str, Any] = body.get("response_format") or {}
        unknown = [*(body.keys() - _FIELDS), *(body.get("lora_request", {}).keys() - _LORA)]
        if wanted:
            field = _FORMATS.get(wanted.get("type", ""), "")
            unknown += wanted.keys() - {"type", field}
            if field not in wanted:
                return f"response_format.{field} is required"
            if not self.own.guided:
                return "guided decoding is not enabled"
        return f"Extra inputs are not permitted: {', '.join(unknown)}" if unknown else ""

    def _answer(self, body: dict[str, Any]) -> None:
        complaint = self._complaint(body)
        if complaint:
            self._json({"object": "error", "message": complaint, "code": 400}, status=400)
        else:
            super()._answer(body)

    def _text(self, body: dict[str, Any]) -> tuple[str, str]:
        if body.get("response_format"):
            return _CONSTRAINED[body["response_format"]["type"]], "stop"
        return super()._text(body)


@contextmanager
def trtllm_stand_in() -> Generator[tuple[str, TensorRTBehaviour]]:
    """Runs the stand-in; gives its base URL and its behaviour."""
    behaviour = TensorRTBehaviour()
    fields = {"behaviour": behaviour, "own": behaviour}
    handler = cast("type[Handler]", type("TensorRT", (_TensorRT,), fields))
    with serving(handler) as address:
        yield address, behaviour
