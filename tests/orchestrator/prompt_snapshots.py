"""What a model is told, question by question, as `tests/cases/prompts` keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from request_worlds import REPORT, SHOP, asking, task_of
from worlds import FINDING, World

from playground.domain.findings import Finding, Span
from playground.domain.tasks import Policy, Source

CASES = Path(__file__).parents[1] / "cases" / "prompts"
_RULES = "=" * 20

LONG = '''\
import json

LIMIT = 10


def load(path: str, prices: dict[str, int]) -> dict[str, int]:
    """Returns the prices of a file."""
    with open(path, encoding="utf-8") as file:
        known = json.load(file)
    for name, price in known.items():
        if price == None:
            continue
        prices[name] = min(price, LIMIT)
    return prices
'''
SCRIPT = """\
import { tax } from "./tax.js";

export function total(prices: number[], rate: string): number {
  let sum = 0;
  for (const price of prices) {
    sum += price;
  }
  return sum * (1 + tax(parseInt(rate)));
}
"""


def _repair(path: str, text: str, finding: Finding, *, policy: Policy | None = None) -> World:
    world = World(policy=policy or Policy(sources=(Source.ENGINE,), attempts_max=1, samples=1))
    world.workspace.files = {path: text}
    world.run(world.task(finding))
    return world


def _function() -> World:
    policy = Policy(sources=(Source.ENGINE,), attempts_max=1, samples=1, reflections_max=1)
    world = World(policy=policy)
    world.run()
    return world


def _statement() -> World:
    found = replace(
        FINDING,
        rule="E711",
        message="Comparison to `None` should be `cond is None`",
        path="prices.py",
        span=Span(11, 21, 11, 25),
        symbol="load",
        line_text="        if price == None:",
    )
    return _repair("prices.py", LONG, found)


def _script() -> World:
    found = replace(
        FINDING,
        tool="eslint",
        rule="radix",
        message="Missing radix parameter.",
        path="total.ts",
        span=Span(8, 24, 8, 38),
        symbol="total",
        line_text="  return sum * (1 + tax(parseInt(rate)));",
    )
    return _repair("total.ts", SCRIPT, found)


def _edits() -> World:
    world = asking(lambda _request: "", files={"shop.py": SHOP, "report.py": REPORT})
    world.run(task_of(world, "shop.py", "report.py"))
    return world


def _request() -> World:
    world = asking(lambda _request: "", files={"shop.py": SHOP})
    world.policy = replace(world.policy, sources=(Source.SAMPLES,))
    world.run(task_of(world, "shop.py", "money.py"))
    return world


def _new_file() -> World:
    world = asking(lambda _request: "", files={})
    world.run(task_of(world, goal="write a TypeScript function that halves a number"))
    return world


_WORLDS: Mapping[str, Callable[[], World]] = {
    "edits": _edits,
    "function": _function,
    "new-file": _new_file,
    "request": _request,
    "script": _script,
    "statement": _statement,
}
KINDS = tuple(_WORLDS)


def told(kind: str) -> str:
    """Returns every message that an engine gets when a question of this kind is asked."""
    asked = _WORLDS[kind]().engine.asked
    return "".join(
        f"{_RULES} question {number}, {message.role}\n{message.content}\n"
        for number, request in enumerate(asked, start=1)
        for message in request.messages
    )
