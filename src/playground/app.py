"""The composition root: the only place that knows configuration and concrete adapters."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from traceback import format_exception

from playground.analyzers.gate.gate import StaticGate
from playground.analyzers.profile import AnalyzerContext, RuleProfile, Selection
from playground.config import ConfigManager, ToolsConfig
from playground.domain.campaigns import Records
from playground.domain.ports import Deciding, Journal, Submitting
from playground.engines import ModelFactory
from playground.engines.factory import EngineSettings, Oversight
from playground.engines.weights import ModelStore
from playground.journal.places import JournalPlaces
from playground.memory import MemoryStore, RecipeFiles
from playground.orchestrator.asking import Sampling
from playground.orchestrator.desk import DecidingDesk, SubmittingDesk
from playground.orchestrator.nodes.personal import own_nodes
from playground.orchestrator.progress import Ticker
from playground.orchestrator.relearning import relearned
from playground.orchestrator.wiring import Desks, Parts
from playground.plugins import load
from playground.queues.crew import Crew
from playground.queues.trees import Trees
from playground.security.logs import close_logging, configure_logging, get_logger
from playground.security.process import open_room
from playground.security.reading import ReadingRules
from playground.security.room.sealed import SealedRoom
from playground.security.workspace import LocalWorkspace
from playground.telemetry import observed


@dataclass(frozen=True)
class App:
    """The composed product, closed by `open_app`; `desk` is `Deciding` only where asked for."""

    manager: ConfigManager
    gate: StaticGate
    memory: MemoryStore
    recipes: RecipeFiles
    journal: Records
    places: JournalPlaces
    workspace: LocalWorkspace
    engines: ModelFactory
    models: ModelStore
    desk: Submitting | Deciding
    ticker: Ticker
    crew: Crew
    repair_memory: Callable[[], int]


@contextmanager
def open_app(
    *,
    project: Path | None,
    flags: Sequence[str] = (),
    deciding: bool = False,
    engine: str = "",
) -> Generator[App]:
    """Builds the product for as long as a command needs it.

    Args:
        project: the repository's root, whose configuration may only tighten.
        flags: settings given for this command, such as "cycles.attempts_max=2".
        deciding: whether a person sits here; without it nothing can be approved or written.
        engine: name of the configured engine for this command, "" for the default one.

    Raises:
        BadConfiguration: a layer of the configuration cannot be used.
        StorageUnavailable: a person is to decide and the journal cannot be used.
    """
    alone = (f"model.engine={engine}", "model.cascade=[]") if engine else ()
    manager = ConfigManager(project=project, flags=(*flags, *alone))
    configure_logging(manager.log_settings())
    with ExitStack() as stack:
        stack.callback(close_logging)
        app = _composed(manager, project=project, kind=DecidingDesk if deciding else SubmittingDesk)
        for part in (app.journal, app.memory, app.engines, app.gate):
            stack.callback(part.close)
        if isinstance(app.desk, DecidingDesk):
            app.desk.recover()
        yield app


def _composed(manager: ConfigManager, *, project: Path | None, kind: type[SubmittingDesk]) -> App:
    folders, config, drawn = manager.folders, manager.config, manager.config.model.sampling
    tree, ticker = LocalWorkspace(file_bytes_max=config.tools.file_bytes_max), Ticker()
    models, scratch = ModelStore(folders.cache / "models"), folders.cache / "scratch"
    places = JournalPlaces(config.tools.journal.url, manager.journal_password, folders.state)
    journal = observed(places.open(), config.tools.telemetry)
    parts = Parts(
        journal=journal,
        gate=(gate := _gate(config.tools, tree, scratch)),
        memory=(memory := MemoryStore.configured(config.tools.memory, folder=folders.data)),
        recipes=(recipes := RecipeFiles(folders.data / "recipes", deciding=kind is DecidingDesk)),
        memory_on=config.tools.memory.enabled,
        workspace=tree,
        engine_for=(engines := _engines(manager, models, journal=journal, ticker=ticker)).get,
        own=own_nodes(config.cycles.nodes, folder=folders.config, project=project),
        sampling=Sampling(drawn.temperature, drawn.top_p, config.model.request_deadline_s),
        ticker=ticker,
    )
    desks = Desks(parts, manager.policy)
    here = (journal, gate, tree, desks.over, places.database, manager.likeness, Trees(gate.sources))
    crew = Crew(*here, tuple(config.model.engines), check=lambda: ticker.tick("queue"))
    rest = (desks.opened(kind), ticker, crew, partial(relearned, journal, memory=memory, gate=gate))
    return App(manager, gate, memory, recipes, journal, places, tree, engines, models, *rest)


def _gate(tools: ToolsConfig, tree: LocalWorkspace, scratch: Path) -> StaticGate:
    room = SealedRoom() if tools.room == "sealed" else open_room
    context = AnalyzerContext(scratch, timeout_s=tools.timeout_s, room=room)
    analyzers = [load("playground.analyzers", name=n).create(context) for n in tools.analyzers]
    rules = (tuple(tools.rules.select), tuple(tools.rules.ignore), tools.pyright.mode)
    eslint = Selection(tuple(tools.eslint.rules), tuple(tools.eslint.ignore))
    profile = RuleProfile(*rules, eslint, confirm_cold=tools.confirm_cold)
    reading = ReadingRules(names=frozenset({"py.typed"}), file_bytes_max=tools.file_bytes_max)
    gate = StaticGate(analyzers, profile=profile, workspace=tree, scratch=scratch, reading=reading)
    gate.read_scripts_in(context)
    return gate


def _engines(
    manager: ConfigManager, store: ModelStore, *, journal: Journal, ticker: Ticker
) -> ModelFactory:
    settings, model = dict[str, EngineSettings](), manager.config.model
    for name, engine in model.engines.items():
        price = engine.price and engine.price.in_currency(model.currency)
        given = (engine.kind, manager.engine_options(engine), engine.limits.bounds)
        settings[name] = EngineSettings(*given, price)
    oversight = Oversight(
        journal=journal,
        budgets=model.budgets.bounds,
        currency=model.currency,
        calls_per_minute=lambda: manager.config.model.requests_per_minute,  # a reload is felt
        waiting=ticker.wait,
    )
    return ModelFactory(settings, default=model.asked[0], store=store, oversight=oversight)


def log_crash(error: BaseException) -> Path:
    """Writes an unexpected error with its traceback into the log; returns the log's folder."""
    get_logger("crash").error("crash", traceback="".join(format_exception(error)))
    return ConfigManager(project=None).folders.logs
