"""What memory and recipes save as a stream of real findings goes on.

    python bench/memory_lift --stream fixable [--findings 300]   no model: ruff's fix is the answer
    python bench/memory_lift --stream model --greedy [--findings 300] [--first 40]
    python bench/memory_lift --stream fixable --table            only the tables of what is there

Findings come from the locked source distributions of bench/fix_rate, and what is decided on one is
known to the next. Nothing is written into the packages: an approval is recorded as if it had been
applied. It carries on where it was stopped.

  fixable  every finding that ruff can fix by itself, shuffled by a seed
  model    findings that no linter repairs and a built-in recipe would, of rules that come again in
           their package, drawn as `streams.recurring` says; built-in recipes are switched off

Who approves is simulated, by rules that are the same for all arms:
  fixable  ruff's own fix stands for a model's answer, where the gate proves it. A proposal by a
           recipe is approved when it means the same as ruff's fix, else rejected.
  model    what the gate proves is approved.
A recipe is approved when its replay over everything decided so far passes.

The arms of the model's stream ask one engine, which is never asked the same request twice: as long
as memory gives an arm nothing, its prompt is another arm's to the last byte, so its answer is too.
With --greedy each finding is asked about once, without samples.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import comb
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent), str(FOLDER.parent / "fix_rate")]

from arms import Arm, opened
from deciding import approve, learn, reject, same_meaning, worked
from drawing import Drawn, surveyed
from fetching import Package, fetched, packages
from streams import recurring
from working import Product, Workshop, workshop

from playground.campaigns.planning import plan
from playground.domain.errors import PlaygroundError
from playground.domain.runs import Run
from playground.domain.tasks import Source
from playground.orchestrator.recipes.using import Recipes
from playground.orchestrator.sources import Sources

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

_LEARNED = (*_PATIENT, "cycles.built_in_recipes=false")
"""What was written down beforehand would hide what is learned."""

ARMS = {
    "fixable": {"recipes": (*_LEARNED, *_QUICK)},
    "model": {
        "none": (*_LEARNED, "cycles.examples_max=0", "cycles.sources=[tool, engine, samples]"),
        "recall": (*_LEARNED, "cycles.sources=[tool, engine, samples]"),
        "recipes": (*_LEARNED, "cycles.sources=[tool, recipe, engine, samples]"),
    },
}


@dataclass
class Line:
    """What became of one finding in one arm.

    Attributes:
        by: "recipe", "engine", "tool" or "" for nothing that the gate passed.
        same: for a recipe in the fixable stream, whether it means what ruff's fix means.
        tokens: prompt and completion of the run, also of answers that were known.
        engine_s: wall seconds of the engine's answers, of known ones when they were asked for.
        seconds: wall seconds that this took, without what known answers had taken.
        examples: episodes that memory gave as examples.
        asked: answers that the engine gave; known: answers that it had given before.
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
    engine_s: float = 0.0
    seconds: float = 0.0
    examples: int = 0
    asked: int = 0
    known: int = 0
    recipes: int = 0
    refused: bool = False


def fixable(work: Path, wanted: Sequence[Package]) -> list[Drawn]:
    """Returns every finding of the packages that ruff can fix by itself."""
    found: list[Drawn] = []
    with opened(Arm("survey", _QUICK), work) as app:
        for package in wanted:
            root = fetched(package, WORK.parent / "fix_rate" / "packages")
            survey = app.gate.survey(root, paths=(package.code,))
            course = plan(survey, workspace=app.workspace)
            tasks = [t for t in course.tasks if t.finding and t.finding.fix is not None]
            found += [Drawn(package.name, task) for task in tasks]
    return found


def run(shop: Workshop, order: Sequence[Drawn], options: argparse.Namespace) -> None:
    """Lets every arm see the stream; arms take turns finding by finding."""
    stream, results = options.stream, results_of(options)
    done = {(line["arm"], line["id"]) for line in recorded(results)}
    arms = [name for name in ARMS[stream] if not options.arm or name in options.arm]
    for number, one in enumerate(order):
        for arm in arms:
            if (arm, one.id) not in done:
                line = Line(arm, number, one.id, one.rule)
                product = shop.product(f"{results.stem}-{arm}", flags_of(arm, options))
                _one(product, line, one=one, shop=shop, options=options)
                with results.open("a") as log:
                    log.write(json.dumps(asdict(line)) + "\n")


def flags_of(arm: str, options: argparse.Namespace) -> tuple[str, ...]:
    """Returns the settings of an arm."""
    flags = (*ARMS[options.stream][arm], *options.set)
    return tuple(flag.replace(", samples]", "]") for flag in flags) if options.greedy else flags


def results_of(options: argparse.Namespace) -> Path:
    """Returns the file of results, one for each stream that is another one."""
    parts = [options.stream, *(["greedy"] if options.greedy else []), options.engine]
    return options.work / f"{'-'.join(parts)}.jsonl"


def _one(
    product: Product, line: Line, *, one: Drawn, shop: Workshop, options: argparse.Namespace
) -> None:
    began, counts = time.monotonic(), shop.counts
    try:
        tried = _fixable_one if options.stream == "fixable" else _model_one
        tried(product, one, line, engine=options.engine)
    except PlaygroundError as error:
        print(f"{line.arm}: {one.rule}: {error}", flush=True)
    line.seconds = round(time.monotonic() - began, 2)
    line.asked, line.known = (now - before for now, before in zip(shop.counts, counts, strict=True))
    line.recipes = sum(entry.state.value == "active" for entry in product.recipes.entries())
    told = f"{line.number:4} {line.arm:8} {line.seconds:6.1f} s {one.rule:10} {line.by or '-':8}"
    asked = f"{line.examples} examples, {line.asked} asked, {line.known} known"
    print(f"{told} {line.tokens:6} tokens, {asked}, {line.recipes} recipes", flush=True)


def _fixable_one(product: Product, one: Drawn, line: Line, *, engine: str) -> None:
    policy = product.app.manager.config.policy(engine=engine)
    by_tool = replace(policy, sources=(Source.TOOL,))
    recipes = Recipes(product.recipes, sources=Sources(product.app.workspace))
    fix = worked(product, one.task, by_tool, name=f"{one.id} tool")
    if recipes.fitting(fix):
        if fix.waiting is not None:  # one run about a finding at a time
            product.desk.withdraw(fix.id, reason="Looked at.")
        mine = worked(
            product, one.task, replace(policy, sources=(Source.RECIPE,)), name=f"{one.id} recipe"
        )
        if mine.proposal is not None:
            line.by = "recipe"
            line.same = fix.proposal is not None and same_meaning(mine, fix)
            if line.same:
                approve(product, mine)
            else:
                reject(product, mine, why="It is not what the rule's own fix does.")
            return
        line.refused = bool(mine.generations)
        fix = worked(product, one.task, by_tool, name=f"{one.id} again")
    if fix.proposal is not None:
        line.by = "tool"
        approve(product, fix)
        learn(product, one.rule)


def _model_one(product: Product, one: Drawn, line: Line, *, engine: str) -> None:
    policy = product.app.manager.config.policy(engine=engine)
    found = worked(product, one.task, policy, name=one.id)
    line.tokens, line.engine_s = found.usage.total, round(_engine_s(found), 2)
    line.examples = len(found.recalled.recalled) if found.recalled else 0
    if found.proposal is None:
        return
    by = found.proposal.provenance.source
    line.by = by.value if by in {Source.RECIPE, Source.TOOL} else "engine"
    approve(product, found)
    if "recipes" in line.arm:
        learn(product, one.rule)


def _engine_s(run: Run) -> float:
    """Returns how long the engine answered; samples are drawn side by side."""
    return sum(
        max((draft.provenance.seconds for draft in made.drafts), default=0.0)
        for made in run.generations
    )


# ── tables ───────────────────────────────────────────────────────────────────────────────────


def recorded(results: Path) -> list[dict[str, Any]]:
    """Returns the lines of earlier runs."""
    if not results.exists():
        return []
    return [json.loads(line) for line in results.read_text().splitlines()]


def table(options: argparse.Namespace) -> None:
    """Prints the curve of every arm, what recall changed, and the recipes' share by rule."""
    stream, lines = options.stream, recorded(results_of(options))
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
        asked, known = sum(x["asked"] for x in mine), sum(x["known"] for x in mine)
        print(f"answers that the engine gave: {asked}; that it had given before: {known}")
    compared(lines)


def compared(lines: Sequence[dict[str, Any]]) -> None:
    """Prints what became of the same findings in two arms, where memory gave the second something.

    Where it gave nothing both arms asked the same, so these findings say nothing about memory.
    """
    by_arm = {arm: {x["id"]: x for x in lines if x["arm"] == arm} for arm in ("none", "recall")}
    both = [
        (by_arm["none"][name], with_memory)
        for name, with_memory in by_arm["recall"].items()
        if name in by_arm["none"] and with_memory["examples"]
    ]
    if not both:
        return
    plain, recalled = (sum(bool(x["by"]) for x in side) for side in zip(*both, strict=True))
    only = Counter((bool(one["by"]), bool(other["by"])) for one, other in both)
    print(f"\nfindings for which memory had examples: {len(both)}")
    print(f"repaired without them {plain}, with them {recalled}")
    print(f"only without them {only[True, False]}, only with them {only[False, True]}")
    print(
        f"a difference so large by chance: p = {_chance(only[True, False], only[False, True]):.3f}"
    )


def _spared_s(line: dict[str, Any]) -> float:
    """Returns the seconds that answers had taken which were known."""
    answers = line["asked"] + line["known"]
    return line["engine_s"] * line["known"] / answers if answers else 0.0


def _chance(one: int, other: int) -> float:
    """Returns McNemar's exact two-sided p: as if a fair coin had chosen between the arms."""
    total, least = one + other, min(one, other)
    return min(1.0, sum(comb(total, k) for k in range(least + 1)) / 2 ** max(total - 1, 0))


def _row(name: str, part: Sequence[dict[str, Any]]) -> str:
    fixed = sum(bool(x["by"]) for x in part)
    made = [x for x in part if x["by"] == "recipe"]
    same = sum(bool(x["same"]) for x in made)
    tokens = sum(x["tokens"] for x in part) / len(part)
    seconds = sum(x["seconds"] + _spared_s(x) for x in part) / len(part)
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
    parser.add_argument("--greedy", action="store_true", help="ask once about each finding")
    parser.add_argument("--set", action="append", default=[], help="a setting of every arm")
    parser.add_argument("--work", type=Path, default=WORK)
    parser.add_argument("--survey", type=Path, help="folder of fix_rate's packages and surveys")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    if not options.table:
        order = stream_of(options)
        packed = len({one.package for one in order})
        print(f"{len(order)} findings of {packed} packages", flush=True)
        with workshop(options.work, engine=options.engine) as shop:
            run(shop, order[: options.first or None], options)
    table(options)


def stream_of(options: argparse.Namespace) -> list[Drawn]:
    """Returns the findings in the order in which they are worked on."""
    wanted = [p for p in packages() if not options.package or p.name in options.package]
    if options.stream == "model":
        found = surveyed(options.survey or WORK.parent / "fix_rate", wanted)
        return recurring(found, count=options.findings, seed=options.seed)
    found = sorted(fixable(options.work, wanted), key=lambda one: one.id)
    random.Random(options.seed).shuffle(found)
    return found[: options.findings]


if __name__ == "__main__":
    main()
