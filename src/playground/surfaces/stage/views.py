"""What the surfaces need of the composed product, as protocols.

The commands are written and tested against these; the composition root satisfies them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from playground.domain.campaigns import Records
from playground.domain.episodes import Episode
from playground.domain.ports import (
    Deciding,
    Engine,
    Gate,
    MemoryStore,
    Submitting,
    Workspace,
)
from playground.domain.standings import EngineStanding
from playground.domain.tasks import Policy
from playground.queues.crew import Shift
from playground.surfaces.stage.places import PlacesView
from playground.surfaces.stage.recipes import RecipeShelf

# ── configuration ────────────────────────────────────────────────────────────────────────────


class SettingView(Protocol):
    """One key of the configuration, fit to be shown."""

    @property
    def key(self) -> str:
        """Dotted name."""
        ...

    @property
    def value(self) -> object:
        """The value, secrets masked."""
        ...

    @property
    def origin(self) -> str:
        """Where the value comes from."""
        ...


class ChangeView(Protocol):
    """A key that a reload changed."""

    @property
    def key(self) -> str:
        """Dotted name."""
        ...

    @property
    def old(self) -> object:
        """The value before."""
        ...

    @property
    def new(self) -> object:
        """The value now."""
        ...

    @property
    def origin(self) -> str:
        """Where the new value comes from."""
        ...

    @property
    def applied(self) -> bool:
        """Whether it holds from now on."""
        ...

    @property
    def note(self) -> str:
        """One sentence on why it does not hold, "" when it does."""
        ...


class FoldersView(Protocol):
    """Where Playground keeps what is its own."""

    @property
    def config(self) -> Path:
        """The person's configuration."""
        ...

    @property
    def data(self) -> Path:
        """The memory."""
        ...

    @property
    def cache(self) -> Path:
        """Weights and scratch."""
        ...

    @property
    def state(self) -> Path:
        """The journal and the history of what was typed."""
        ...

    @property
    def logs(self) -> Path:
        """The logs."""
        ...


class InputView(Protocol):
    """Bounds of what is typed."""

    @property
    def chars_max(self) -> int:
        """Characters of one request at most."""
        ...

    @property
    def requests_per_minute(self) -> int:
        """Requests a minute at most."""
        ...


class ToolsView(Protocol):
    """The part of the tools' configuration that surfaces read."""

    @property
    def room(self) -> str:
        """How analyzers are kept: "sealed" or "open"."""
        ...

    @property
    def input(self) -> InputView:
        """Bounds of what is typed."""
        ...


class EngineView(Protocol):
    """One configured engine."""

    @property
    def kind(self) -> str:
        """The adapter's module name."""
        ...

    @property
    def options(self) -> Mapping[str, object]:
        """What the adapter is given."""
        ...


class ModelView(Protocol):
    """The part of the model's configuration that surfaces read."""

    @property
    def engine(self) -> str:
        """Name of the default engine."""
        ...

    @property
    def asked(self) -> tuple[str, ...]:
        """Names of the engines that a run asks, in this order; never empty."""
        ...

    @property
    def engines(self) -> Mapping[str, EngineView]:
        """The configured engines by name."""
        ...


class CyclesView(Protocol):
    """The part of the bounds of runs that surfaces read."""

    @property
    def proposals_ahead_max(self) -> int:
        """Proposals made ahead while a person reads one, at most."""
        ...


class ConfigView(Protocol):
    """The configuration as surfaces read it."""

    @property
    def cycles(self) -> CyclesView:
        """Bounds of runs."""
        ...

    @property
    def tools(self) -> ToolsView:
        """Analyzers, input, logs."""
        ...

    @property
    def model(self) -> ModelView:
        """Engines."""
        ...

    def policy(self, *, engine: str = "") -> Policy:
        """Returns the bounds of a run."""
        ...


class ManagerView(Protocol):
    """The configuration manager as surfaces use it."""

    @property
    def config(self) -> ConfigView:
        """The values in force."""
        ...

    @property
    def folders(self) -> FoldersView:
        """Where things are kept."""
        ...

    @property
    def editor(self) -> str:
        """The person's editor with its arguments."""
        ...

    @property
    def environ(self) -> Mapping[str, str]:
        """The person's environment, for their editor."""
        ...

    def explain(self) -> Sequence[SettingView]:
        """Returns every key with its value and origin."""
        ...

    def reload(self) -> Sequence[ChangeView]:
        """Reads the files again when they changed; returns what changed."""
        ...


# ── models and engines ───────────────────────────────────────────────────────────────────────


class PullView(Protocol):
    """One piece of news about fetching a model."""

    @property
    def source(self) -> str:
        """Where the bytes come from: "cache", "file", "hub" or "registry"."""
        ...

    @property
    def step(self) -> str:
        """Such as "trying", "fetching", "verifying", "failed" or "done"."""
        ...

    @property
    def done_bytes(self) -> int:
        """Bytes of this step so far."""
        ...

    @property
    def total_bytes(self) -> int:
        """Bytes of this step when it is complete."""
        ...

    @property
    def detail(self) -> str:
        """One sentence, "" when there is nothing to add."""
        ...


class CatalogueView(Protocol):
    """One model of the catalogue."""

    @property
    def name(self) -> str:
        """The name it is asked for by."""
        ...

    @property
    def bytes(self) -> int:
        """Size of its file."""
        ...

    @property
    def licence(self) -> str:
        """Under which it may be used."""
        ...


class StatusView(Protocol):
    """A model of the catalogue and whether it is here."""

    @property
    def model(self) -> CatalogueView:
        """The catalogue's entry."""
        ...

    @property
    def present(self) -> bool:
        """Whether a file of the right size is here."""
        ...

    @property
    def verified(self) -> bool:
        """Whether that very file was read and had the right digest."""
        ...


class ModelsView(Protocol):
    """The store of weights."""

    def list(self) -> Sequence[StatusView]:
        """Returns the catalogue."""
        ...

    def status(self, name: str) -> StatusView:
        """Returns what is known of one model, or raises `BadInput`."""
        ...

    def path(self, name: str) -> Path:
        """Returns where a model lies, or raises `ModelMissing`."""
        ...

    def verify(self, name: str) -> Path:
        """Reads a model's whole file again, or raises `ModelMissing`."""
        ...

    def pull(
        self, name: str, *, from_file: Path | None, progress: Callable[[PullView], None]
    ) -> Path:
        """Fetches a model and returns where it lies."""
        ...


class EnginesView(Protocol):
    """Creates engines and knows how they stand."""

    def get(self, name: str = "") -> Engine:
        """Returns an engine by its configured name."""
        ...

    def model(self, name: str = "") -> str:
        """Returns the configured model or what it is an alias for, "" where the kind chooses."""
        ...

    def standing(self, name: str = "", *, ask: bool = False) -> EngineStanding:
        """Returns how an engine stands, without raising; `ask` asks it for one token."""
        ...


class EpisodeShelf(MemoryStore, Protocol):
    """Memory with what is needed to look through it."""

    def remember_all(self, episodes: Iterable[Episode]) -> int:
        """Stores many episodes; returns how many."""
        ...

    def known(self, identifiers: Iterable[str]) -> frozenset[str]:
        """Returns those of these ids that there are episodes of."""
        ...


# ── the composed product ─────────────────────────────────────────────────────────────────────


class TickerView(Protocol):
    """Where progress comes out of a running step."""

    listener: Callable[[str, int], None] | None
    """Called with a step's name and the tokens made in it so far, from any thread."""

    waiting: Callable[[str, float], None] | None
    """Called with an engine and the seconds until its limit lets a call pass, from any thread."""

    def interrupt(self) -> None:
        """Cancels every answer that is being made."""
        ...


class CrewView(Protocol):
    """Runs handed to workers, and a worker at work."""

    def handing_out(
        self, desk: Submitting, *, tell: Callable[[str], None]
    ) -> AbstractContextManager[Submitting]:
        """Lends a desk whose runs workers work on; `tell` is told when nobody does."""
        ...

    def serve(self, shift: Shift) -> None:
        """Works on runs that others hand out, until a signal."""
        ...


class AppView(Protocol):
    """The composed product as surfaces use it."""

    @property
    def manager(self) -> ManagerView:
        """The configuration."""
        ...

    @property
    def gate(self) -> Gate:
        """Analyzers."""
        ...

    @property
    def memory(self) -> EpisodeShelf:
        """What was learned."""
        ...

    @property
    def recipes(self) -> RecipeShelf:
        """Transforms that a person approved."""
        ...

    @property
    def engines(self) -> EnginesView:
        """Engines."""
        ...

    @property
    def models(self) -> ModelsView:
        """Weights."""
        ...

    @property
    def journal(self) -> Records:
        """Every run and every campaign."""
        ...

    @property
    def places(self) -> PlacesView:
        """Where the journal lies, and where else it could."""
        ...

    @property
    def workspace(self) -> Workspace:
        """The person's tree."""
        ...

    @property
    def desk(self) -> Submitting | Deciding:
        """`Deciding` only when it was asked for."""
        ...

    @property
    def ticker(self) -> TickerView:
        """Progress from inside steps."""
        ...

    @property
    def crew(self) -> CrewView:
        """Work on more than one machine."""
        ...

    def repair_memory(self) -> int:
        """Learns every decided run of the journal anew; returns the number of episodes."""
        ...


class Opener(Protocol):
    """Opens the composed product for as long as a command needs it."""

    def __call__(
        self,
        *,
        project: Path | None,
        flags: Sequence[str] = (),
        deciding: bool = False,
        engine: str = "",
    ) -> AbstractContextManager[AppView]:
        """Returns the product, closed at the end of the `with` block."""
        ...
