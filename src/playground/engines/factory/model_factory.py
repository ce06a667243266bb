"""Creates each configured engine once, when it is first asked for."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from types import ModuleType
from typing import Protocol, cast

from pydantic import BaseModel, ValidationError

from playground.domain.errors import BadConfiguration, BadInput, EngineUnavailable, PlaygroundError
from playground.domain.ports import Engine, Health, HealthState
from playground.domain.standings import EngineStanding
from playground.engines.factory.admission import Admission
from playground.engines.factory.aliases import ALIASES, Place, Resolved, resolve
from playground.engines.factory.breaker import Breaker
from playground.engines.factory.context import EngineContext, EngineSettings, Oversight
from playground.engines.factory.guarded import GuardedEngine
from playground.engines.factory.ledger import ALL, Books, Ledger
from playground.engines.factory.pace import Pace, SharedPace
from playground.engines.weights import ModelStore
from playground.plugins import adapters, load
from playground.security.secrets import redact

_PACKAGE = "playground.engines"
_HIDDEN_OPTIONS = frozenset({"api_key", "admin_api_key"})
_SCRIPTED = "scripted"
_CLOSE_S = 8.0
_PASSWORD_IN_URL = re.compile(r"(?<=://)[^/\s@]*(?=@)")


class _Adapter(Protocol):
    """What a module in `engines/` offers."""

    Options: type[BaseModel]

    def create(self, options: BaseModel, context: EngineContext) -> Engine:
        """Returns the engine; nothing is started or asked before its first use."""
        ...


class ModelFactory:
    """Engines by configured name, each behind its breaker and limits; safe to share by threads.

    Args:
        engines: what is configured, by name.
        default: the name that stands for "".
        store: where model files lie.
        oversight: what all of them are watched with.
    """

    def __init__(
        self,
        engines: Mapping[str, EngineSettings],
        *,
        default: str,
        store: ModelStore,
        oversight: Oversight | None = None,
    ) -> None:
        self._settings = dict(engines)
        self._default = default
        self._store = store
        self._oversight = oversight or Oversight()
        self._lock = threading.Lock()
        self._engines: dict[str, GuardedEngine] = {}
        self._resolved: dict[str, Resolved] = {}
        self._closed = False
        limits = {name: settings.limits for name, settings in self._settings.items()}
        limits[ALL] = self._oversight.budgets
        prices = {n: s.price for n, s in self._settings.items() if s.price is not None}
        books = Books(limits, prices, self._oversight.currency)
        self._ledger = Ledger(books, journal=self._oversight.journal)
        per_minute = self._oversight.calls_per_minute
        self._shared = SharedPace(per_minute) if per_minute is not None else None

    @property
    def names(self) -> tuple[str, ...]:
        """The configured names, the default one first."""
        others = (name for name in self._settings if name != self._default)
        return (self._default, *others)

    def get(self, name: str = "") -> Engine:
        """Returns the engine of this name, the same one every time.

        Raises:
            BadInput: no engine of this name is configured.
            BadConfiguration: its kind or one of its options cannot be used.
            EngineUnavailable: the factory is closed.
        """
        return self._guarded(name)

    def model(self, name: str = "") -> str:
        """Returns the configured model, or what it is an alias for; "" where the kind chooses.

        Raises:
            BadInput: no engine of this name is configured.
            BadConfiguration: nothing that the alias may stand for fits this machine.
        """
        name = name or self._default
        settings = self._known(name)
        resolved = self._alias(name, settings)
        return resolved.model if resolved else str(settings.options.get("model") or "")

    def health(self, name: str = "", *, deep: bool = False) -> Health:
        """Returns an engine's state without raising."""
        try:
            return self.get(name).health(deep=deep)
        except PlaygroundError as error:
            return Health(HealthState.DOWN, str(error))

    def standing(self, name: str = "", *, ask: bool = False) -> EngineStanding:
        """Returns how an engine stands, without raising.

        Args:
            name: its configured name, "" for the default one.
            ask: whether it is asked for one token; else nothing is started or connected to.
        """
        name = name or self._default
        settings = self._settings.get(name, EngineSettings("unknown"))
        try:
            engine = self._guarded(name)
            health = engine.health(deep=True) if ask else None
            up = health is not None and health.state is HealthState.READY
            model = engine.probe().model if up else self.model(name)
            resolved = self._alias(name, settings)
            return EngineStanding(
                name=name,
                kind=settings.kind,
                model=model,
                because=resolved.because if resolved else "",
                breaker=engine.breaker,
                health=health,
                left=engine.left,
            )
        except PlaygroundError as error:
            return EngineStanding(name, settings.kind, trouble=str(error))

    def close(self) -> None:
        """Ends every engine and what is asked of it, side by side; may be called twice.

        One that does not end within seconds is left to the end of this process.
        """
        with self._lock:
            self._closed = True
            engines, self._engines = tuple(self._engines.values()), {}
        threads = [threading.Thread(target=engine.close, daemon=True) for engine in engines]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + _CLOSE_S
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _guarded(self, name: str) -> GuardedEngine:
        name = name or self._default
        with self._lock:
            if self._closed:
                raise EngineUnavailable("The engines are closed; start Playground again.")
            engine = self._engines.get(name)
            if engine is None:
                engine = self._engines[name] = self._created(name)
            return engine

    def _known(self, name: str) -> EngineSettings:
        settings = self._settings.get(name)
        if settings is None:
            names = ", ".join(self.names)
            raise BadInput(f"No engine is called {name!r}; choose one of: {names}.")
        return settings

    def _created(self, name: str) -> GuardedEngine:
        settings = self._known(name)
        adapter = _adapter(name, kind=settings.kind)
        given = dict(settings.options)
        resolved = self._alias(name, settings)
        if resolved is not None:
            given["model"] = resolved.model
        try:
            options = adapter.Options.model_validate(given)
        except ValidationError as error:
            raise _wrong(name, error) from None
        engine = adapter.create(options, EngineContext(name, self._store))
        pace = Pace(name, limits=settings.limits, shared=self._shared)
        waiting = self._oversight.waiting
        admission = Admission(name, pace=pace, ledger=self._ledger, waiting=waiting)
        return GuardedEngine(
            engine, name=name, breaker=Breaker(), admission=admission, ledger=self._ledger
        )

    def _alias(self, name: str, settings: EngineSettings) -> Resolved | None:
        """Returns what the engine's model is an alias for, None when it is none."""
        alias = settings.options.get("model")
        if alias not in ALIASES or settings.kind == _SCRIPTED:
            return None
        if name not in self._resolved:
            place = Place(name, settings.kind, str(settings.options.get("base_url") or ""))
            hardware = self._oversight.hardware()
            self._resolved[name] = resolve(str(alias), place=place, hardware=hardware)
        return self._resolved[name]


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
