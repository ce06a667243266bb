"""How many real findings are repaired, by which means, at what cost; and what stays green.

    python bench/fix_rate --list                        what would be tried, by rule
    python bench/fix_rate [--findings 200] [--seed 1]   every arm; carries on where it was stopped
    python bench/fix_rate --arm product --tests         one arm, and the packages' own tests
    python bench/fix_rate --arm product --again malformed      what could not be read, once more
    python bench/fix_rate --table [--publish FILE]      only the tables of what is there

Findings are those of the default profile that the linters cannot fix themselves, and pyright's, in
the locked source distributions: chosen by rule in turns, so that common rules do not drown the
rest, and tried in a stratified order, of which every number of whole blocks of 20 is a fair sample.
Arms take turns on every finding. Nothing is written into the packages. The tests are run by this
bench alone, in bubblewrap, after the product has ended.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent)]

from arms import ARMS, Arm, opened, tried
from drawing import Drawn, blocks, drawn, state_of_product, surveyed
from fetching import Package, Tests, fetched, packages
from tables import (
    GREEN,
    RESULTS,
    Line,
    Results,
    diff_of,
    greens,
    malformed_in,
    printed,
    published,
    recorded,
    tries_of,
)

WORK = FOLDER.parent.parent / ".bench" / "fix_rate"


def run(arms: Sequence[Arm], order: Sequence[Drawn], *, work: Path, again: bool) -> None:
    """Tries what was not tried yet, or else what is due `again`; appends a line for each."""
    results, state = work / RESULTS, state_of_product()
    known = tries_of(recorded(results))
    keys = {(arm.name, one.id) for arm in arms for one in order}
    due = {key for key in keys & set(known) if _is_due(known[key][-1], state)}
    done = keys - due if again else set(known)
    for block in blocks(order):
        with ExitStack() as stack:
            apps = {
                arm.name: stack.enter_context(opened(arm, work))
                for arm in arms
                if any((arm.name, one.id) not in done for one in block)
            }
            for one in block:
                for arm in arms:
                    if (arm.name, one.id) in done:
                        continue
                    outcome = tried(apps[arm.name], arm, one.task, package=one.package)
                    with results.open("a") as log:
                        log.write(
                            json.dumps({**outcome.as_json(), "id": one.id, "state": state}) + "\n"
                        )
                    said = "proposed" if outcome.proposed else outcome.reason[:70]
                    told = f"{arm.name:13} {outcome.seconds:6.1f} s {outcome.rule:28} {said}"
                    print(told, flush=True)


def _is_due(line: Line, state: str) -> bool:
    """Whether a try had a malformed answer; one state of the product gets one try, not more."""
    return malformed_in(line) > 0 and line.get("state") != state


def tests(wanted: Sequence[Package], *, arm: str, work: Path) -> None:
    """Runs the packages' tests with each proposal of an arm alone; writes what became of them."""
    room = Tests((work / "tests").resolve())
    room.prepare()
    seen = greens(work)
    tries = [tries[-1] for tries in tries_of(recorded(work / RESULTS)).values()]
    proposals = [o for o in tries if o["arm"] == arm and o["proposed"]]
    for package in wanted:
        mine = [o for o in proposals if o["package"] == package.name]
        open_ones = [o for o in mine if (arm, o["id"], diff_of(o)) not in seen]
        if not package.tests or not open_ones:
            continue
        tree = fetched(package, work / "packages")
        before = room.passed(tree, tests=package.tests, work=work / "before")
        print(f"{package.name}: {len(before or ())} tests pass before")
        for outcome in open_ones if before else ():
            green = _green(room, package, tree, diff=outcome["diff"], before=before or frozenset())
            line = {"id": outcome["id"], "arm": arm, "package": package.name, "green": green}
            line["diff"] = diff_of(outcome)
            with (work / GREEN).open("a") as log:
                log.write(json.dumps(line) + "\n")
            said = f"  {'green' if green else 'RED  '} {outcome['rule']:28} {outcome['place']}"
            print(said, flush=True)


def _green(room: Tests, package: Package, tree: Path, *, diff: str, before: frozenset[str]) -> bool:
    changed = room.changed(tree, diff=diff)
    after = room.passed(changed, tests=package.tests, work=changed.parent / "run")
    return after is not None and before <= after


def main() -> None:
    """Fetches, tries, tests and prints."""
    parser = argparse.ArgumentParser(description="Measures how many real findings are repaired.")
    parser.add_argument("--findings", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="only so many of them, in their order")
    parser.add_argument("--skip", type=int, default=0, help="not so many at their beginning")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--arm", action="append", choices=list(ARMS))
    parser.add_argument("--threads", type=int, default=0, help="of an engine; 0 for its own choice")
    parser.add_argument("--package", action="append", help="only these")
    parser.add_argument("--work", type=Path, default=WORK)
    parser.add_argument("--survey", type=Path, help="a survey made before, to have its draw")
    parser.add_argument(
        "--again",
        choices=["malformed"],
        help="tries once more, by this state of the product, what had a malformed answer; the "
        "older line stays and counts no more",
    )
    parser.add_argument("--publish", type=Path, help="writes the tables there, as Markdown")
    for flag in ("--list", "--table", "--tests"):
        parser.add_argument(flag, action="store_true")
    options = parser.parse_args()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    wanted = [p for p in packages() if not options.package or p.name in options.package]
    found = surveyed(work, wanted, known=options.survey)
    order = drawn(found, count=options.findings, seed=options.seed)
    rules = Counter(one.rule for one in order)
    print(f"{len(order)} findings of {len(rules)} rules in {len({o.package for o in order})}")
    if options.list:
        print("\n".join(f"  {rule:34} {count:4}" for rule, count in rules.most_common()))
        return
    arms = [ARMS[name].on(options.threads) for name in options.arm or ARMS]
    if not options.table:
        run(arms, order[options.skip : options.first or None], work=work, again=bool(options.again))
    for arm in arms if options.tests else ():
        tests(wanted, arm=arm.name, work=work)
    results = Results(work, order)
    printed(results)
    if options.publish:
        options.publish.write_text(published(results))


if __name__ == "__main__":
    main()
