"""Worlds in which somebody asks for something in words, and an engine that grammars hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from worlds import World

from playground.campaigns.planning import request_task
from playground.domain.ports import Capability, EngineInfo, GenerationRequest
from playground.domain.runs import Run
from playground.domain.tasks import FileRef, Policy, Source, Task
from playground.testing.engine import FakeEngine

SHOP = '''\
"""A shop."""

from decimal import Decimal

TAX = Decimal("0.19")


class Item:
    """Something to sell."""

    price: Decimal

    def taxed(self) -> Decimal:
        """Returns the price with tax."""
        return self.price * (1 + TAX)


def total(items: list[Item]) -> Decimal:
    """Returns what all items cost."""
    return sum((item.taxed() for item in items), Decimal(0))
'''
REPORT = '''\
"""Reports."""

from shop import Item, total


def report(items: list[Item]) -> str:
    """Returns the report of the day."""
    return f"{len(items)} items, {total(items)} EUR"
'''
GOAL = "add a constant CURRENCY below TAX and use it in the report"


class HeldEngine(FakeEngine):
    """An engine that says it can hold answers to a grammar; its function has to."""

    def probe(self) -> EngineInfo:
        able = Capability.CHAT | Capability.STREAM | Capability.GRAMMAR
        return replace(super().probe(), capabilities=able)


def asking(
    answer: Callable[[GenerationRequest], str],
    *,
    files: Mapping[str, str],
    held: bool = True,
) -> World:
    """Returns a world of these files with an engine that answers so, and one greedy try."""
    world = World(policy=Policy(sources=(Source.ENGINE,), attempts_max=1, samples=1))
    world.judgement = lambda _after: ""
    world.workspace.files = dict(files)
    world.engine = HeldEngine(answer) if held else FakeEngine(answer)
    world.desk = world.new_desk(type(world.desk))
    return world


def task_of(world: World, *paths: str, goal: str = GOAL) -> Task:
    """Returns the task of a request about files, those that exist and new ones."""
    files = world.workspace.files
    task = request_task(goal, root=Path("/repo"), files=[], workspace=world.workspace)
    known = {
        path: world.workspace.read(Path("/repo"), path=path) for path in paths if path in files
    }
    refs = tuple(FileRef(p, known[p].sha256 if p in known else None) for p in paths)
    return replace(task, files=refs, named=paths, may_create=not paths)


def after(run: Run, world: World) -> dict[str, str]:
    """Returns the texts of the files that the waiting proposal would change."""
    assert run.waiting is not None, run.ended
    files = world.workspace.files
    return {c.path: c.applied_to(files.get(c.path, "")) for c in run.waiting.patch.files}
