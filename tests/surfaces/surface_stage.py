"""A whole product on a temporary folder with a scripted person, for tests of the commands."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from surface_crew import FakeCrew, FakePlaces
from surface_engines import FakeEngines
from surface_flaws import FlawGate

from playground.domain.errors import BadInput, ModelMissing, Unavailable
from playground.domain.ports import GenerationRequest
from playground.domain.tasks import Policy
from playground.memory.recipes import RecipeFiles
from playground.orchestrator.desk import DecidingDesk, SubmittingDesk
from playground.orchestrator.progress import Ticker
from playground.orchestrator.wiring import Parts, wired
from playground.security.workspace import LocalWorkspace
from playground.surfaces.rendering.screen import Screen, Streams
from playground.surfaces.stage import Stage
from playground.surfaces.stage.views import PullView
from playground.testing.engine import FakeEngine
from playground.testing.journal import MemoryJournal
from playground.testing.memory import FakeMemory


@dataclass
class FakeInput:
    chars_max: int = 500
    requests_per_minute: int = 100


@dataclass
class FakeTools:
    room: str = "sealed"
    input: FakeInput = field(default_factory=FakeInput)


@dataclass
class FakeEngineSettings:
    kind: str = "fake"
    options: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass
class FakeModel:
    engine: str = "local"
    engines: Mapping[str, FakeEngineSettings] = field(
        default_factory=lambda: {"local": FakeEngineSettings(), "other": FakeEngineSettings()}
    )
    cascade: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[str, ...]:
        return self.cascade or (self.engine,)


@dataclass
class FakeCycles:
    proposals_ahead_max: int = 0


@dataclass
class FakeConfig:
    cycles: FakeCycles = field(default_factory=FakeCycles)
    tools: FakeTools = field(default_factory=FakeTools)
    model: FakeModel = field(default_factory=FakeModel)

    def policy(self, *, engine: str = "") -> Policy:
        cascade = () if engine else self.model.cascade
        return Policy(engine=engine, cascade=cascade, reflections_max=0)


@dataclass
class FakeSetting:
    key: str
    value: object
    origin: str


@dataclass
class FakeChange:
    key: str = "tools.input.chars_max"
    old: object = 500
    new: object = 50
    origin: str = "tools.yaml:3"
    applied: bool = True
    note: str = ""


@dataclass
class FakeFolders:
    config: Path
    data: Path
    cache: Path
    state: Path
    logs: Path


@dataclass
class FakeManager:
    folders: FakeFolders
    config: FakeConfig = field(default_factory=FakeConfig)
    editor: str = "scripted"
    environ: Mapping[str, str] = field(default_factory=dict[str, str])
    changes: list[FakeChange] = field(default_factory=list[FakeChange])

    def explain(self) -> list[FakeSetting]:
        return [
            FakeSetting("cycles.attempts_max", 3, "packaged cycles.yaml:4"),
            FakeSetting("model.engine", "local", "user model.yaml:1"),
        ]

    def reload(self) -> list[FakeChange]:
        changes, self.changes = self.changes, []
        return changes


@dataclass(frozen=True)
class FakeNews:
    source: str
    step: str
    done_bytes: int
    total_bytes: int
    detail: str = ""


@dataclass(frozen=True)
class FakeEntry:
    name: str = "tiny"
    bytes: int = 1_117_000_000
    licence: str = "Apache-2.0"


@dataclass(frozen=True)
class FakeStatus:
    present: bool
    verified: bool
    model: FakeEntry = field(default_factory=FakeEntry)


class FakeModels:
    """A store that has what was pulled."""

    def __init__(self) -> None:
        self.here: set[str] = set()
        self.broken = False
        self.pulled: list[tuple[str, Path | None]] = []

    def list(self) -> Sequence[FakeStatus]:
        return [self.status("tiny")]

    def status(self, name: str) -> FakeStatus:
        return FakeStatus(name in self.here, name in self.here)

    def path(self, name: str) -> Path:
        if name not in self.here:
            raise ModelMissing(f"The model is not here; run `playground model pull {name}`.")
        return Path("/models") / name

    def verify(self, name: str) -> Path:
        return self.path(name)

    def pull(
        self, name: str, *, from_file: Path | None, progress: Callable[[PullView], None]
    ) -> Path:
        if name != "tiny":
            raise BadInput(f"There is no model {name!r}; `playground model list` lists them.")
        self.pulled.append((name, from_file))
        if self.broken:
            raise Unavailable("Neither the hub nor the registry answers; check the network.")
        progress(FakeNews("hub", "failed", 0, 100, "no way there"))
        progress(FakeNews("registry", "fetching", 10, 100))
        progress(FakeNews("registry", "fetching", 100, 100))
        self.here.add(name)
        return self.path(name)


class World:
    """A repository on disk, the product on fakes, and what the person types."""

    def __init__(self, folder: Path, files: Mapping[str, str]) -> None:
        self.root = folder / "repo"
        self.root.mkdir()
        (self.root / "pyproject.toml").write_text("", encoding="utf-8")
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_bytes(text.encode())
        own = folder / "own"
        names = ("config", "data", "cache", "state", "logs")
        self.manager = FakeManager(FakeFolders(*(own / name for name in names)))
        self.workspace = LocalWorkspace()
        self.gate = FlawGate(self.workspace)
        self.journal = MemoryJournal()
        self.places = FakePlaces()
        self.memory = FakeMemory()
        self.recipes = RecipeFiles(own / "data" / "recipes", deciding=True)
        self.models = FakeModels()
        self.ticker = Ticker()
        self.crew = FakeCrew()
        self.answer: Callable[[GenerationRequest], str] = lambda _request: "WORSE"
        self.engine = FakeEngine(self._answered)
        self.engines = FakeEngines(self.engine, configured=self.manager.config.model.engines)
        self.edit: Callable[[Path], object] = lambda _path: None
        self.opened: list[dict[str, object]] = []
        self.out, self.err = io.StringIO(), io.StringIO()

    def _answered(self, request: GenerationRequest) -> str:
        return self.answer(request)

    def text(self, path: str) -> str:
        return (self.root / path).read_bytes().decode()

    def repair_memory(self) -> int:
        return 7

    @property
    def desk(self) -> SubmittingDesk | DecidingDesk:
        orchestrator = wired(
            Parts(
                journal=self.journal,
                gate=self.gate,
                memory=self.memory,
                recipes=self.recipes,
                workspace=self.workspace,
                engine_for=self.engines.get,
                ticker=self.ticker,
            )
        )
        kind = DecidingDesk if self.opened and self.opened[-1]["deciding"] else SubmittingDesk
        return kind(
            self.journal,
            orchestrator=orchestrator,
            policy=self.manager.config.policy,
        )

    @contextmanager
    def open(
        self,
        *,
        project: Path | None,
        flags: Sequence[str] = (),
        deciding: bool = False,
        engine: str = "",
    ) -> Generator[World, None, None]:
        self.opened.append(
            {"project": project, "flags": tuple(flags), "deciding": deciding, "engine": engine}
        )
        desk = self.desk
        if isinstance(desk, DecidingDesk):
            desk.recover()
        yield self

    def stage(self, typed: str | None = None, *, columns: int = 80) -> Stage:
        """Returns a stage: with `typed` a person on a terminal, with None a pipe."""
        self.out, self.err = (Terminal(), Terminal()) if typed is not None else _pipes()
        stdin = io.StringIO() if typed is None else Terminal(typed)
        screen = Screen(Streams(stdin, self.out, self.err), columns=columns)
        return Stage(screen=screen, cwd=self.root, user="ada", opener=self.open, edit=self._edit)

    def _edit(self, path: Path, *, editor: str, environment: Mapping[str, str]) -> None:
        assert (editor, environment) == ("scripted", {})
        self.edit(path)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def _pipes() -> tuple[io.StringIO, io.StringIO]:
    return io.StringIO(), io.StringIO()


_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def words(stream: io.StringIO) -> str:
    """Returns what was written without colours and cursor movements."""
    return _ESCAPES.sub("", stream.getvalue())
