"""How many real findings are repaired, by which means, at what cost; and what stays green.

    python bench/fix_rate --list                        what would be tried, by rule
    python bench/fix_rate [--findings 200] [--seed 1]   every arm; carries on where it was stopped
    python bench/fix_rate --arm product --tests         one arm, and the packages' own tests
    python bench/fix_rate --table                       only the table of what is there

Findings are those of the default profile that the linters cannot fix themselves, and pyright's, in
the locked source distributions: drawn by rule in turns, so that common rules do not drown the rest.
Every arm tries the same findings; arms take turns package by package. Nothing is written into the
packages. The tests are run by this bench alone, in bubblewrap, after the product has ended.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

from arms import ARMS, Arm, opened, tried
from fetching import Package, Tests, fetched, packages

from playground.campaigns.planning import plan
from playground.domain.tasks import Task

WORK = FOLDER.parent.parent / ".bench" / "fix_rate"
RULES_MIN = 25

Drawn = dict[str, list[Task]]


def drawn(found: Drawn, *, count: int, seed: int) -> Drawn:
    """Returns `count` tasks drawn by rule in turns, grouped by package again."""
    rng = random.Random(seed)
    by_rule: dict[str, list[tuple[str, Task]]] = defaultdict(list)
    for package, tasks in sorted(found.items()):
        for task in tasks:
            by_rule[_rule(task)].append((package, task))
    for pairs in by_rule.values():
        pairs.sort(key=lambda pair: pair[1].key)
        rng.shuffle(pairs)
    chosen: Drawn = defaultdict(list)
    left = count
    while left and any(by_rule.values()):
        for rule in sorted(by_rule):
            if by_rule[rule] and left:
                package, task = by_rule[rule].pop()
                chosen[package].append(task)
                left -= 1
    return chosen


def _rule(task: Task) -> str:
    return task.finding.rule if task.finding else ""


def surveyed(work: Path, wanted: Sequence[Package]) -> Drawn:
    """Returns every task about a finding without a fix of the analyzer's own, by package."""
    found: Drawn = {}
    with opened(Arm("survey", ("tools.memory.enabled=false",)), work) as app:
        for package in wanted:
            root = fetched(package, work / "packages")
            survey = app.gate.survey(root, paths=(package.code,))
            course = plan(survey, workspace=app.workspace)
            tasks = [t for t in course.tasks if t.finding and t.finding.fix is None]
            found[package.name] = tasks
            print(
                f"{package.name:18} {len(survey.findings):5} findings, {len(tasks):5} without a fix"
            )
    return found


def run(arms: Sequence[Arm], chosen: Drawn, *, work: Path) -> None:
    """Tries what was not tried yet; appends a line for each."""
    results = work / "results.jsonl"
    done = {(o["arm"], o["package"], o["key"]) for o in recorded(results)}
    total = sum(map(len, chosen.values()))
    for package, tasks in chosen.items():
        for arm in arms:
            rest = [task for task in tasks if (arm.name, package, task.key) not in done]
            if not rest:
                continue
            with opened(arm, work) as app, results.open("a") as log:
                app.gate.prepare(Path(rest[0].root))
                for task in rest:
                    outcome = tried(app, arm, task, package=package)
                    log.write(json.dumps({**outcome.as_json(), "key": task.key}) + "\n")
                    log.flush()
                    said = "proposed" if outcome.proposed else outcome.reason[:70]
                    print(f"{arm.name:13} {outcome.seconds:6.1f} s {outcome.rule:28} {said}")
    print(f"{total} findings in {len(chosen)} packages")


def recorded(results: Path) -> list[dict[str, Any]]:
    """Returns the lines of earlier runs."""
    if not results.exists():
        return []
    return [json.loads(line) for line in results.read_text().splitlines()]


def tests(wanted: Sequence[Package], *, arm: str, work: Path) -> None:
    """Runs the packages' tests with each proposal of an arm alone; writes what became of them."""
    room = Tests(work / "tests")
    room.prepare()
    known = work / "green.jsonl"
    seen = {(line["key"], line["arm"]): line["green"] for line in recorded(known)}
    proposals = [o for o in recorded(work / "results.jsonl") if o["arm"] == arm and o["proposed"]]
    for package in wanted:
        mine = [o for o in proposals if o["package"] == package.name]
        open_ones = [o for o in mine if (o["key"], arm) not in seen]
        if not package.tests or not open_ones:
            continue
        tree = fetched(package, work / "packages")
        before = room.passed(tree, tests=package.tests, work=work / "before")
        print(f"{package.name}: {len(before or ())} tests pass before")
        for outcome in open_ones if before else ():
            green = _green(room, package, tree, diff=outcome["diff"], before=before or frozenset())
            line = {"key": outcome["key"], "arm": arm, "package": package.name, "green": green}
            with known.open("a") as log:
                log.write(json.dumps(line) + "\n")
            print(f"  {'green' if green else 'RED  '} {outcome['rule']:28} {outcome['place']}")


def _green(room: Tests, package: Package, tree: Path, *, diff: str, before: frozenset[str]) -> bool:
    changed = room.changed(tree, diff=diff)
    after = room.passed(changed, tests=package.tests, work=changed.parent / "run")
    return after is not None and before <= after


def table(work: Path) -> None:
    """Prints the table by arm and by rule, and what the gate said of the rest."""
    outcomes = recorded(work / "results.jsonl")
    green = {(o["arm"], o["key"]): o["green"] for o in recorded(work / "green.jsonl")}
    head = "arm            tried  repaired   s, median  prompt  cached  answer  added  tests green"
    print(head)
    for name in ARMS:
        mine = [o for o in outcomes if o["arm"] == name]
        if mine:
            print(_row(name, mine, green))
    product = [o for o in outcomes if o["arm"] == "product"]
    if not product:
        return
    print("\nproduct, by rule")
    by_rule = Counter(o["rule"] for o in product)
    fixed = Counter(o["rule"] for o in product if o["proposed"])
    for rule, count in by_rule.most_common():
        print(f"  {rule:34} {fixed[rule]:3} of {count:3}")
    print("\nproduct, why not")
    for reason, count in Counter(
        _kind(o["reason"]) for o in product if not o["proposed"]
    ).most_common(20):
        print(f"  {count:4} {reason}")


def _row(name: str, mine: Sequence[dict[str, Any]], green: dict[tuple[str, str], bool]) -> str:
    fixed = [o for o in mine if o["proposed"]]
    ran = [green[name, o["key"]] for o in fixed if (name, o["key"]) in green]
    tokens = {
        key: _mean(o["tokens"].get(key, 0) for o in mine)
        for key in ("prompt", "cached", "completion")
    }
    return (
        f"{name:13} {len(mine):6} {len(fixed):4} {len(fixed) / len(mine):4.0%}"
        f" {statistics.median(o['seconds'] for o in mine):11.1f}"
        f" {tokens['prompt']:7.0f} {tokens['cached']:7.0f} {tokens['completion']:7.0f}"
        f" {sum(o['added'] for o in mine):6}  {sum(ran)} of {len(ran)}"
    )


def _mean(values: Iterable[float]) -> float:
    return statistics.fmean(values)


def _kind(reason: str) -> str:
    """Returns the sentence without what differs from finding to finding."""
    return reason.split(": ", 1)[-1][:90]


def main() -> None:
    """Fetches, tries, tests and prints."""
    parser = argparse.ArgumentParser(description="Measures how many real findings are repaired.")
    parser.add_argument("--findings", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--arm", action="append", choices=list(ARMS))
    parser.add_argument("--package", action="append", help="only these")
    parser.add_argument("--work", type=Path, default=WORK)
    for flag in ("--list", "--table", "--tests"):
        parser.add_argument(flag, action="store_true")
    options = parser.parse_args()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    wanted = [p for p in packages() if not options.package or p.name in options.package]
    if not options.table:
        chosen = drawn(surveyed(work, wanted), count=options.findings, seed=options.seed)
        rules = Counter(_rule(task) for tasks in chosen.values() for task in tasks)
        print(f"{sum(rules.values())} findings of {len(rules)} rules")
        if options.list:
            print("\n".join(f"  {rule:34} {count:4}" for rule, count in rules.most_common()))
            return
        arms = [ARMS[name] for name in options.arm or ARMS]
        run(arms, chosen, work=work)
        for arm in arms if options.tests else ():
            tests(wanted, arm=arm.name, work=work)
    table(work)


if __name__ == "__main__":
    main()
