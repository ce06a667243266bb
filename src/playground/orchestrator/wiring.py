"""Which node does which step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from playground.domain.ports import Engine, Gate, Journal, MemoryStore, RecipeBook, Workspace
from playground.domain.tasks import Policy
from playground.orchestrator.asking import Asking, Sampling
from playground.orchestrator.desk import SubmittingDesk
from playground.orchestrator.graph import (
    ApplyStep,
    CheckStep,
    ConsultStep,
    EndStep,
    ForgetStep,
    GenerateStep,
    LearnStep,
    ProposeStep,
    RecallStep,
    ReflectStep,
    Step,
    UndoStep,
)
from playground.orchestrator.nodes.apply import ApplyNode, UndoNode
from playground.orchestrator.nodes.base import BaseNode
from playground.orchestrator.nodes.consult import ConsultNode
from playground.orchestrator.nodes.forget import ForgetNode
from playground.orchestrator.nodes.generate import GenerateNode
from playground.orchestrator.nodes.learn import LearnNode
from playground.orchestrator.nodes.propose import EndNode, ProposeNode
from playground.orchestrator.nodes.recall import RecallNode
from playground.orchestrator.nodes.reflect import ReflectNode
from playground.orchestrator.nodes.test import GateNode
from playground.orchestrator.orchestrator import Orchestrator
from playground.orchestrator.progress import Ticker
from playground.orchestrator.recipes.using import Recipes
from playground.orchestrator.sources import Sources


@dataclass(frozen=True)
class Parts:
    """The ports that the loop works with.

    Attributes:
        journal: where events are recorded.
        gate: judges candidates.
        memory: episodes.
        memory_on: whether runs recall and learn.
        workspace: the person's tree.
        engine_for: gives an engine by its configured name, "" for the default one.
        recipes: the recipes that a person approved, None for none.
        own: the person's own nodes by their configured names.
        sampling: how answers are drawn.
        ticker: carries live progress out.
    """

    journal: Journal
    gate: Gate
    memory: MemoryStore
    workspace: Workspace
    engine_for: Callable[[str], Engine]
    memory_on: bool = True
    recipes: RecipeBook | None = None
    own: Mapping[str, BaseNode] = field(default_factory=dict[str, BaseNode])
    sampling: Sampling = field(default_factory=Sampling)
    ticker: Ticker = field(default_factory=Ticker)


@dataclass(frozen=True)
class Desks:
    """Desks over the same parts.

    Attributes:
        parts: what they work with.
        policy: gives the bounds of a run that is opened now.
    """

    parts: Parts
    policy: Callable[[], Policy]

    def opened(self, kind: type[SubmittingDesk]) -> SubmittingDesk:
        """Returns a desk of this kind."""
        return kind(self.parts.journal, orchestrator=wired(self.parts), policy=self.policy)

    def over(self, gate: Gate, workspace: Workspace) -> SubmittingDesk:
        """Returns a desk without the right to decide that works on another copy of the tree."""
        return replace(self, parts=replace(self.parts, gate=gate, workspace=workspace)).opened(
            SubmittingDesk
        )


def wired(parts: Parts) -> Orchestrator:
    """Returns the orchestrator with its nodes."""
    sources = Sources(parts.workspace)
    memory = parts.memory if parts.memory_on else None
    recipes = Recipes(parts.recipes if parts.memory_on else None, sources=sources)
    asking = Asking(
        parts.engine_for,
        gate=parts.gate,
        sources=sources,
        sampling=parts.sampling,
        ticker=parts.ticker,
    )
    nodes: dict[type[Step], BaseNode] = {
        RecallStep: RecallNode(memory, recipes=recipes, journal=parts.journal),
        GenerateStep: GenerateNode(asking, sources=sources, recipes=recipes),
        CheckStep: GateNode(parts.gate),
        ConsultStep: ConsultNode(parts.own),
        ReflectStep: ReflectNode(parts.engine_for, sampling=parts.sampling),
        ProposeStep: ProposeNode(),
        ApplyStep: ApplyNode(parts.workspace, journal=parts.journal),
        UndoStep: UndoNode(parts.workspace, journal=parts.journal),
        LearnStep: LearnNode(memory, gate=parts.gate),
        # also where runs do not learn any more
        ForgetStep: ForgetNode(parts.memory, journal=parts.journal),
        EndStep: EndNode(),
    }
    return Orchestrator(parts.journal, nodes=nodes, ticker=parts.ticker)
