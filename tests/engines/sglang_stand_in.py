"""A stand-in for SGLang on the loopback interface, with answers in the shape of its own.

The shapes are those that SGLang 0.5.23 gave on a CPU. `test_real_sglang.py` runs the same tests
against the real server.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from loopback_server import Behaviour, Handler, serving

_CONSTRAINED = {
    "regex": "yes",
    "ebnf": "left-4",
    "response_format": '{"verdict": "keep"}',
}


METRICS = """\
# HELP sglang:num_running_reqs The number of running requests.
# TYPE sglang:num_running_reqs gauge
sglang:num_running_reqs{engine_type="unified",model_name="counter",priority="",tp_rank="0"} 2.0
sglang:num_running_reqs{engine_type="unified",model_name="counter",priority="5",tp_rank="0"} 2.0
sglang:num_running_reqs{engine_type="unified",model_name="counter",priority="",tp_rank="1"} 1.0
sglang:num_queue_reqs{engine_type="unified",model_name="counter",priority="",tp_rank="0"} 4.0
"""


@dataclass
class SGLangBehaviour(Behaviour):
    """What the stand-in does; tests change it while it runs."""

    admin_key: str = "sk-admin-secret"
    owner: str = "sglang"
    models: tuple[str, ...] = ("counter",)
    ready: bool = True
    constrains: bool = True
    is_router: bool = False
    tells_loads: bool = True
    settings: dict[str, Any] = field(
        default_factory=lambda: {
            "version": "0.5.23",
            "grammar_backend": "xgrammar",
            "enable_lora": True,
            "enable_priority_scheduling": True,
            "enable_cache_report": True,
            "enable_deterministic_inference": False,
            "attention_backend": "torch_native",
            "speculative_algorithm": None,
        }
    )
    adapters: dict[str, str] = field(default_factory=dict[str, str])
    aborted: list[str] = field(default_factory=list[str])
    orders: list[tuple[str, dict[str, Any]]] = field(
        default_factory=list[tuple[str, dict[str, Any]]]
    )


class SGLangHandler(Handler):
    """Answers as SGLang does."""

    own: SGLangBehaviour

    def _got(self) -> None:
        path = self.path
        if path in {"/ready", "/metrics"} and not self.own.is_router:
            self._open(path)
        elif self._refused():
            return
        elif path == "/v1/models":
            self._json({"object": "list", "data": self._models()})
        elif path == "/v1/loads" and self.own.tells_loads:
            self._json({"loads": [{"num_running_reqs": 1, "num_waiting_reqs": 2}] * 2})
        elif path == "/server_info" and not self.own.is_router:
            keys = {"api_key": self.own.key, "admin_api_key": self.own.admin_key}
            self._json({**self.own.settings, **keys})
        else:
            self._json({"detail": "Not Found"}, status=404)

    def _posted(self) -> None:
        if self.path == "/v1/chat/completions":
            super()._posted()
            return
        body = self._body()
        if self.path == "/v1/tokenize" and not self.own.is_router:
            if not self._refused():
                tokens = [*range((len(body["prompt"]) + 2) // 3)]
                self._json({"tokens": tokens, "count": len(tokens), "max_model_len": 4096})
        elif self.own.is_router:
            self._json({"detail": "Not Found"}, status=404)
        elif self.headers.get("Authorization") != f"Bearer {self.own.admin_key}":
            self._json({"error": "Unauthorized"}, status=401)
        else:
            self._order(body)

    def _order(self, body: dict[str, Any]) -> None:
        self.own.orders.append((self.path, body))
        name = str(body.get("lora_name"))
        if self.path == "/abort_request":
            self.own.aborted.append(body["rid"])
            self._send(200, b"")
        elif self.path == "/load_lora_adapter" and body["lora_path"].startswith("/adapters/"):
            self.own.adapters[name] = body["lora_path"]
            self._json({"success": True, "loaded_adapters": self.own.adapters})
        elif self.path == "/unload_lora_adapter" and self.own.adapters.pop(name, ""):
            self._json({"success": True, "loaded_adapters": self.own.adapters})
        else:
            said = f"LoRA adapter {name} cannot be used with {self.own.admin_key}"
            self._json({"success": False, "error_message": said}, status=400)

    def _text(self, body: dict[str, Any]) -> tuple[str, str]:
        kind = next((kind for kind in _CONSTRAINED if kind in body), "")
        if kind and self.own.constrains:
            return _CONSTRAINED[kind], "stop"
        return super()._text(body)

    def _models(self) -> list[dict[str, Any]]:
        base: dict[str, Any] = {
            "object": "model",
            "owned_by": self.own.owner,
            "parent": None,
            "max_model_len": 4096,
        }
        models = [{"id": name, **base} for name in self.own.models]
        parent = self.own.models[0]
        adapters = [{**base, "id": n, "parent": parent} for n in self.own.adapters]
        return [*models, *adapters]

    def _open(self, path: str) -> None:
        if path == "/ready":
            self._send(200 if self.own.ready else 503, b"")
            return
        self._send(200, METRICS.encode())


@contextmanager
def sglang_stand_in() -> Generator[tuple[str, SGLangBehaviour]]:
    """Runs the stand-in; gives its base URL and its behaviour."""
    behaviour = SGLangBehaviour()
    handler = cast(
        "type[Handler]",
        type("SGLang", (SGLangHandler,), {"behaviour": behaviour, "own": behaviour}),
    )
    with serving(handler) as address:
        yield address, behaviour
