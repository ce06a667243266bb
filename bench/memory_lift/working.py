"""The product as the arms use it: a desk of each over one gate and one engine.

No desk here has the right to decide, so nothing is ever written into a package; approvals are
recorded by `deciding`. Answers are kept in a file: a request that is the same to the last byte, of
the same model, with the same seed, is not asked again, in whichever arm and after whichever stop.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from arms import Arm, opened

from playground.app import App
from playground.domain.ports import Engine
from playground.memory.recipes import RecipeFiles
from playground.orchestrator.asking import Sampling
from playground.orchestrator.desk import SubmittingDesk
from playground.orchestrator.wiring import Parts, wired
from playground.testing.recorded import RecordedEngine, Recording


@dataclass(frozen=True)
class Product:
    """One arm: the product with a home of its own.

    Attributes:
        app: its journal, memory and configuration.
        desk: what works on runs.
        recipes: its recipes, with the right to decide on them.
    """

    app: App
    desk: SubmittingDesk
    recipes: RecipeFiles


class Answers:
    """Engines that remember, over those of one product."""

    def __init__(self, app: App, file: Path) -> None:
        """Reads what was recorded before."""
        self._app = app
        self._file = file
        lines = file.read_text().splitlines() if file.exists() else []
        pairs = [line.partition(" ") for line in lines if line.endswith("}")]
        self.known = {digest: Recording.read(told) for digest, _, told in pairs}
        self._engines: dict[int, RecordedEngine] = {}

    def get(self, name: str = "") -> Engine:
        """Returns an engine by its configured name."""
        engine = self._app.engines.get(name)
        if id(engine) not in self._engines:
            self._engines[id(engine)] = RecordedEngine(engine, known=self.known, keep=self._keep)
        return self._engines[id(engine)]

    @property
    def counts(self) -> tuple[int, int]:
        """How many answers were asked for and how many were known."""
        engines = self._engines.values()
        return sum(e.asked for e in engines), sum(e.reused for e in engines)

    def _keep(self, digest: str, recording: Recording) -> None:
        with self._file.open("a") as log:
            log.write(f"{digest} {recording.line()}\n")


class Workshop:
    """Opens arms; the first one's gate and engines serve them all."""

    def __init__(self, work: Path, *, engine: str, stack: ExitStack) -> None:
        self._work = work
        self._engine = engine
        self._stack = stack
        self._open: dict[str, Product] = {}
        self.answers: Answers | None = None

    def product(self, name: str, flags: Sequence[str]) -> Product:
        """Returns an arm by name, opened once."""
        if name not in self._open:
            arm = Arm(name, tuple(flags), self._engine)
            app = self._stack.enter_context(opened(arm, self._work))
            if self.answers is None:
                self.answers = Answers(app, self._work / "answers.jsonl")
                self._gate = app.gate
            self._open[name] = self._made(app, self.answers)
        return self._open[name]

    @property
    def counts(self) -> tuple[int, int]:
        """How many answers were asked for and how many were known."""
        return self.answers.counts if self.answers else (0, 0)

    def _made(self, app: App, answers: Answers) -> Product:
        config, folder = app.manager.config, app.manager.folders.data / "recipes"
        drawn = config.model.sampling
        recipes = RecipeFiles(folder, deciding=True)
        parts = Parts(
            journal=app.journal,
            gate=self._gate,
            memory=app.memory,
            workspace=app.workspace,
            engine_for=answers.get,
            recipes=recipes,
            sampling=Sampling(drawn.temperature, drawn.top_p, config.model.request_deadline_s),
        )
        desk = SubmittingDesk(
            app.journal,
            orchestrator=wired(parts),
            policy=lambda: config.policy(engine=self._engine),
        )
        return Product(replace(app, gate=self._gate, recipes=recipes), desk, recipes)


@contextmanager
def workshop(work: Path, *, engine: str) -> Generator[Workshop]:
    """Opens the workshop for as long as a stream is worked on."""
    with ExitStack() as stack:
        yield Workshop(work, engine=engine, stack=stack)
