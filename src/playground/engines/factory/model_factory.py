"""Creates each configured engine once, when it is first asked for."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from types import ModuleType
from typing import Protocol, cast

from pydantic import BaseModel, ValidationError

from playground.domain.errors import BadConfiguration, BadInput, PlaygroundError
from playground.domain.ports import Engine, Health, HealthState
from playground.engines.factory.context import EngineContext, EngineSettings
from playground.engines.weights import ModelStore
from playground.plugins import adapters, load
from playground.security.secrets import redact

_PACKAGE = "playground.engines"
_HIDDEN_OPTIONS = frozenset({"api_key", "admin_api_key"})
_PASSWORD_IN_URL = re.compile(r"(?<=://)[^/\s@]*(?=@)")


class _Adapter(Protocol):
    """What a module in `engines/` offers."""

    Options: type[BaseModel]

    def create(self, options: BaseModel, context: EngineContext) -> Engine:
        """Returns the engine; nothing is started or asked before its first use."""
        ...


class ModelFactory:
    """Engines by configured name; safe to share between threads.

    Args:
        engines: what is configured, by name.
        default: the name that stands for "".
        store: where model files lie.
    """

    def __init__(
        self, engines: Mapping[str, EngineSettings], *, default: str, store: ModelStore
    ) -> None:
        self._settings = dict(engines)
        self._default = default
        self._store = store
        self._lock = threading.Lock()
        self._engines: dict[str, Engine] = {}
        self._closed = False

    @property
    def names(self) -> tuple[str, ...]:
        """The configured names, the default one first."""
        others = (name for name in self._settings if name != self._default)
        return (self._default, *others)

    def get(self, name: str = "") -> Engine:
        """Returns the engine of this name, the same one every time.

        Raises:
            BadInput: no engine of this name is configured, or the factory is closed.
            BadConfiguration: its kind or one of its options cannot be used.
        """
        name = name or self._default
        with self._lock:
            if self._closed:
                raise BadInput("The engines are closed; start Playground again.")
            engine = self._engines.get(name)
            if engine is None:
                engine = self._engines[name] = self._created(name)
            return engine

    def health(self, name: str = "", *, deep: bool = False) -> Health:
        """Returns an engine's state without raising."""
        try:
            return self.get(name).health(deep=deep)
        except PlaygroundError as error:
            return Health(HealthState.DOWN, str(error))

    def close(self) -> None:
        """Ends every engine; may be called twice."""
        with self._lock:
            self._closed = True
            engines, self._engines = tuple(self._engines.values()), {}
        for engine in engines:
            engine.close()

    def _created(self, name: str) -> Engine:
        settings = self._settings.get(name)
        if settings is None:
            names = ", ".join(self.names)
            raise BadInput(f"No engine is called {name!r}; choose one of: {names}.")
        adapter = _adapter(name, kind=settings.kind)
        try:
            options = adapter.Options.model_validate(dict(settings.options))
        except ValidationError as error:
            raise _wrong(name, error) from None
        return adapter.create(options, EngineContext(name, self._store))


def _adapter(name: str, *, kind: str) -> _Adapter:
    kinds = adapters(_PACKAGE)
    if kind not in kinds:
        raise BadConfiguration(
            f"model.engines.{name}.kind",
            value=kind,
            origin="the configuration",
            reason=f"there is no such kind; choose one of: {', '.join(kinds)}.",
        )
    module: ModuleType = load(_PACKAGE, name=kind)
    return cast("_Adapter", module)


def _wrong(name: str, error: ValidationError) -> BadConfiguration:
    """Returns the first complaint with the key that it is about; a key's value stays hidden."""
    first = error.errors(include_url=False, include_context=False)[0]
    path = [str(part) for part in first["loc"]]
    value: object = first.get("input")
    if _HIDDEN_OPTIONS & set(path) or not path:
        value = "***"
    elif isinstance(value, str):
        value = redact(_PASSWORD_IN_URL.sub("***", value))
    reason = first["msg"].removeprefix("Value error, ")
    key = ".".join(["model", "engines", name, *path])
    return BadConfiguration(key, value=value, origin="the configuration", reason=f"{reason}.")
