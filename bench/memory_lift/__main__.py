"""What memory and recipes save as a stream of real findings goes on.

    python bench/memory_lift --stream fixable [--findings 300]   no model: ruff's fix is the answer
    python bench/memory_lift --stream model [--findings 300] [--first 40] [--engine small]
    python bench/memory_lift --stream fixable --table            only the tables of what is there

Findings come from the locked source distributions of bench/fix_rate, shuffled by a seed, one after
the other, and what is decided on one is known to the next. Nothing is written into the packages: an
approval is recorded as if it had been applied. It carries on where it was stopped.

Who approves is simulated, by rules that are the same for all arms:
  fixable  ruff's own fix stands for a model's answer, where the gate proves it. A proposal by a
           recipe is approved when it means the same as ruff's fix, else rejected.
  model    what the gate proves is approved.
A recipe is approved when its replay over everything decided so far passes.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent), str(FOLDER.parent / "fix_rate")]

from arms import Arm, opened
from deciding import approve, learn, opened_anew, reject, same_meaning
from drawing import Drawn, surveyed
from fetching import Package, fetched, packages

from playground.app import App
from playground.campaigns.planning import plan
from playground.domain.errors import PlaygroundError
from playground.domain.tasks import Source

WORK = FOLDER.parent.parent / ".bench" / "memory_lift"
STEP = 50
_PATIENT = (
    "tools.timeout_s=600",
    "model.requests_per_minute=6000",
    "model.request_deadline_s=1800",
    "cycles.wall_s_max=3600",
)
_QUICK = ("tools.analyzers=[ruff, text, secrets]", "tools.confirm_cold=false")
"""Ruff's own rules are what this stream is about, so the slow analyzers judge nothing in it."""

ARMS = {
    "fixable": {"recipes": (*_PATIENT, *_QUICK)},
    "model": {
        "none": (*_PATIENT, "cycles.examples_max=0", "cycles.sources=[tool, engine, samples]"),
        "recall": (*_PATIENT, "cycles.sources=[tool, engine, samples]"),
        "recipes": _PATIENT,
    },
}


@dataclass
class Line:
    """What became of one finding in one arm.

    Attributes:
        by: "recipe", "engine", "tool" or "" for nothing that the gate passed.
        same: for a recipe in the fixable stream, whether it means what ruff's fix means.
        tokens: prompt and completion of the run.
        recipes: in use afterwards.
        refused: whether a recipe fitted that the gate refused.
    """

    arm: str
    number: int
    id: str
    rule: str
    by: str = ""
    same: bool | None = None
    tokens: int = 0
    seconds: float = 0.0
    recipes: int = 0
    refused: bool = False


@contextmanager
def product(arm: str, flags: Sequence[str], *, engine: str, work: Path) -> Generator[App]:
    """Opens the product with a home of this arm, where a person is played."""
    with opened(Arm(arm, tuple(flags), engine), work, deciding=True) as app:
        yield app


def fixable(work: Path, wanted: Sequence[Package]) -> list[Drawn]:
    """Returns every finding of the packages that ruff can fix by itself."""
    found: list[Drawn] = []
    with product("survey", _QUICK, engine="local", work=work) as app:
        for package in wanted:
            root = fetched(package, WORK.parent / "fix_rate" / "packages")
            survey = app.gate.survey(root, paths=(package.code,))
            course = plan(survey, workspace=app.workspace)
            tasks = [t for t in course.tasks if t.finding and t.finding.fix is not None]
            found += [Drawn(package.name, task) for task in tasks]
    return found


def run(stream: str, order: Sequence[Drawn], options: argparse.Namespace) -> None:
    """Lets every arm see the stream; arms take turns finding by finding."""
    results = options.work / f"{stream}.jsonl"
    done = {(line["arm"], line["id"]) for line in recorded(results)}
    arms = [name for name in ARMS[stream] if not options.arm or name in options.arm]
    for number, one in enumerate(order):
        for arm in arms:
            if (arm, one.id) not in done:
                line = Line(arm, number, one.id, one.rule)
                _one(stream, line, one=one, options=options)
                with results.open("a") as log:
                    log.write(json.dumps(asdict(line)) + "\n")


_OPEN: dict[str, tuple[Any, App]] = {}


def _app(stream: str, arm: str, options: argparse.Namespace) -> App:
    if arm not in _OPEN:
        flags = ARMS[stream][arm]
        manager = product(f"{stream}-{arm}", flags, engine=options.engine, work=options.work)
        _OPEN[arm] = manager, manager.__enter__()
    return _OPEN[arm][1]


def _one(stream: str, line: Line, *, one: Drawn, options: argparse.Namespace) -> None:
    app = _app(stream, line.arm, options)
    began = time.monotonic()
    try:
        tried = _fixable_one if stream == "fixable" else _model_one
        tried(app, one, line, engine=options.engine)
    except PlaygroundError as error:
        print(f"{line.arm}: {one.rule}: {error}", flush=True)
    line.seconds = round(time.monotonic() - began, 2)
    line.recipes = sum(entry.state.value == "active" for entry in app.recipes.entries())
    told = f"{line.number:4} {line.arm:8} {line.seconds:6.1f} s {one.rule:10} {line.by or '-':8}"
    print(f"{told} {line.tokens:6} tokens, {line.recipes} recipes", flush=True)


def _fixable_one(app: App, one: Drawn, line: Line, *, engine: str) -> None:
    policy = app.manager.config.policy(engine=engine)
    mine = opened_anew(app, one.task, replace(policy, sources=(Source.RECIPE,)))
    fix = opened_anew(app, one.task, replace(policy, sources=(Source.TOOL,)))
    line.refused = mine.waiting is None and bool(mine.generations)
    if mine.waiting is not None:
        line.by = "recipe"
        line.same = fix.waiting is not None and same_meaning(mine, fix)
        if line.same:
            approve(app, mine)
        else:
            reject(app, mine, why="It is not what the rule's own fix does.")
    elif fix.waiting is not None:
        line.by = "tool"
        approve(app, fix)
        learn(app, one.rule)


def _model_one(app: App, one: Drawn, line: Line, *, engine: str) -> None:
    found = opened_anew(app, one.task, app.manager.config.policy(engine=engine))
    line.tokens = found.usage.total
    if found.waiting is None:
        return
    by = found.waiting.provenance.source
    line.by = by.value if by in {Source.RECIPE, Source.TOOL} else "engine"
    approve(app, found)
    if "recipes" in line.arm:
        learn(app, one.rule)


# ── tables ───────────────────────────────────────────────────────────────────────────────────


def recorded(results: Path) -> list[dict[str, Any]]:
    """Returns the lines of earlier runs."""
    if not results.exists():
        return []
    return [json.loads(line) for line in results.read_text().splitlines()]


def table(stream: str, work: Path) -> None:
    """Prints the curve of every arm, and the recipes' share by rule."""
    lines = recorded(work / f"{stream}.jsonl")
    for arm in ARMS[stream]:
        mine = sorted((x for x in lines if x["arm"] == arm), key=lambda x: x["number"])
        if not mine:
            continue
        print(f"\n{stream}, arm {arm}: {len(mine)} findings")
        print("findings     repaired  by recipe  of these the same  tokens each  s each  recipes")
        for start in range(0, len(mine), STEP):
            part = mine[start : start + STEP]
            print(_row(f"{start + 1}-{start + len(part)}", part))
        print(_row("all", mine))
        by_recipe = Counter(x["rule"] for x in mine if x["by"] == "recipe")
        every = Counter(x["rule"] for x in mine)
        told = [f"{rule} {n} of {every[rule]}" for rule, n in by_recipe.most_common(20)]
        print("by rule: " + (", ".join(told) or "none"))
        refused = sum(x["refused"] for x in mine)
        print(f"recipes that fitted and that the gate refused: {refused}")


def _row(name: str, part: Sequence[dict[str, Any]]) -> str:
    fixed = sum(bool(x["by"]) for x in part)
    made = [x for x in part if x["by"] == "recipe"]
    same = sum(bool(x["same"]) for x in made)
    tokens = sum(x["tokens"] for x in part) / len(part)
    seconds = sum(x["seconds"] for x in part) / len(part)
    return (
        f"{name:12} {fixed / len(part):7.0%} {len(made) / len(part):10.0%} "
        f"{f'{same} of {len(made)}':>18} {tokens:12.0f} {seconds:7.1f} {part[-1]['recipes']:8}"
    )


def main() -> None:
    """Draws, works, prints."""
    parser = argparse.ArgumentParser(description="Measures what memory and recipes save.")
    parser.add_argument("--stream", choices=list(ARMS), default="fixable")
    parser.add_argument("--findings", type=int, default=300)
    parser.add_argument("--first", type=int, default=0, help="only so many of them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--arm", action="append")
    parser.add_argument("--package", action="append", help="only these")
    parser.add_argument("--engine", default="local")
    parser.add_argument("--work", type=Path, default=WORK)
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    if not options.table:
        stream = options.stream
        wide = WORK.parent / "fix_rate"
        wanted = [p for p in packages() if not options.package or p.name in options.package]
        found = fixable(options.work, wanted) if stream == "fixable" else surveyed(wide, wanted)
        found.sort(key=lambda one: one.id)
        random.Random(options.seed).shuffle(found)
        print(f"{len(found)} findings in {len({o.package for o in found})} packages", flush=True)
        order = found[: options.findings]
        try:
            run(stream, order[: options.first or None], options)
        finally:
            for manager, _ in _OPEN.values():
                manager.__exit__(None, None, None)
    table(options.stream, options.work)


if __name__ == "__main__":
    main()
