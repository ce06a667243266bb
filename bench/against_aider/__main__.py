"""Playground and Aider on the same findings of real packages with the same model file, in turns.

    python bench/against_aider --aider aider-env/bin/aider --first 20 [--style whole --style diff]
    python bench/against_aider --tests          the packages' own tests with what was repaired
    python bench/against_aider --table [--publish FILE]

Aider is a program of its own that you install into an environment of its own:

    python3 -m venv aider-env && aider-env/bin/pip install aider-chat==0.86.2

The findings are the first of the draw of `bench/fix_rate`; `--work` is its folder, where
`against_aider-local.jsonl` is written. It carries on where it was stopped. What is compared, and
how, is said in `page.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "fix_rate"), str(FOLDER.parent)]

from arms import ARMS, Arm, opened, tried
from comparing import printed, published
from complaints import Lint, complaints, counted
from drawing import Drawn, drawn, surveyed
from fetching import Tests, fetched, packages
from judging import Counts, by_gate, by_tools, copied, patched
from rival import Aider
from serving import MODELS, Server
from tables import Line, recorded

from playground.app import App

WORK = FOLDER.parent.parent / ".bench" / "fix_rate"
STYLES = ("default", "whole", "diff", "udiff", "diff-fenced")


@dataclass(frozen=True)
class Contest:
    """Who takes turns, and where it is written down."""

    work: Path
    results: Path
    arm: Arm
    app: App
    aider: Aider
    styles: Sequence[str]

    def turn(self, one: Drawn, *, done: set[tuple[str, str]]) -> None:
        """Lets each that did not yet try one finding; the order changes from finding to finding."""
        names = ["playground", *(f"aider {style}" for style in self.styles)]
        at = int(one.id, 16) % len(names)
        missing = [name for name in names[at:] + names[:at] if (name, one.id) not in done]
        if not missing:
            return
        finding, root = one.task.finding, Path(one.task.root)
        assert finding is not None
        before = counted(complaints(root / finding.path, root=root, rule=finding.rule))
        tokens = self.aider.server.tokens((root / finding.path).read_text())
        for name in missing:
            tell = self._by_playground if name == "playground" else self._by_aider
            told = tell(one, before=before, style=name.partition(" ")[2])
            line = {
                "by": name,
                "id": one.id,
                "package": one.package,
                "rule": one.rule,
                "place": f"{finding.path}:{finding.span.start_line}",
                "file_tokens": tokens,
                "told": before[finding.tool, finding.rule] > 0,
                "load": os.getloadavg()[0],
                "bound_cpu_s": self.aider.engine_cpu_s_max,
                **told,
            }
            with self.results.open("a") as log:
                log.write(json.dumps(line) + "\n")
            said = "repaired" if line["repaired"] else str(line["reason"])[:60]
            cost = f"{line['engine_cpu_s']:6.1f} engine CPU-s {line['seconds']:6.1f} s"
            print(f"{name:14} {cost} {one.rule:28} {said}", flush=True)

    def _by_playground(self, one: Drawn, *, before: Counts, style: str) -> Line:
        done = tried(self.app, self.arm, one.task, package=one.package)
        clean = False
        if done.proposed:
            with copied(Path(one.task.root)) as tree:
                patched(tree, done.diff)
                clean = by_tools(one.task, tree, before=before)
        return {
            "repaired": done.proposed,
            "clean": clean,
            "source": done.source or style,
            "reason": done.reason,
            "diff": done.diff,
            "cut": False,
            "seconds": done.seconds,
            "engine_cpu_s": done.engine_cpu_s,
            "other_cpu_s": done.other_cpu_s,
            "sent": done.tokens.get("prompt", 0),
            "received": done.tokens.get("completion", 0),
        }

    def _by_aider(self, one: Drawn, *, before: Counts, style: str) -> Line:
        finding = one.task.finding
        assert finding is not None
        counts = {rule: n for (tool, rule), n in before.items() if tool == finding.tool}
        with copied(Path(one.task.root)) as tree:
            lint = Lint(finding.tool, finding.rule, finding.span.start_line, str(tree), counts)
            spent = self.aider.change(one.task, tree, style=style, lint=lint)
            log = self.work / "aider-logs" / f"{one.id}-{style}.log"
            log.parent.mkdir(exist_ok=True)
            shutil.copy(self.aider.home / "last.log", log)
            reason, diff = by_gate(self.app, one.task, tree)
            clean = bool(diff) and by_tools(one.task, tree, before=before)
        return {
            "repaired": not reason,
            "clean": clean,
            "source": "aider",
            "reason": reason,
            "diff": diff,
            **asdict(spent),
        }


def run(order: Sequence[Drawn], options: argparse.Namespace) -> None:
    """Tries what was not tried yet."""
    work, model = options.work, MODELS[options.engine]
    done = {(line["by"], line["id"]) for line in recorded(options.results)}
    arm = ARMS["product" if options.engine == "local" else "product-0.5b"].on(options.threads)
    # A home of its own: what the fix rate proposed there would be found again, for nothing.
    arm = replace(arm, name=f"beside-aider-{arm.name}")
    with ExitStack() as stack:
        server = stack.enter_context(Server(options.engine, threads=options.threads))
        home = work / "aider-home"
        bound = options.engine_cpu_s
        aider = Aider(options.aider.absolute(), server, model, home, engine_cpu_s_max=bound)
        app = stack.enter_context(opened(arm, work))
        styles = options.style or STYLES[1:3]
        contest = Contest(work, options.results, arm, app, aider, styles)
        for one in order:
            contest.turn(one, done=done)


def _file_bytes(one: Drawn) -> int:
    assert one.task.finding is not None
    return (Path(one.task.root) / one.task.finding.path).stat().st_size


def tests(work: Path, *, results: Path, green: Path) -> None:
    """Runs the packages' tests with each change that the gate or the tools let through."""
    room = Tests((work / "tests").resolve())
    room.prepare()
    known = {(line["by"], line["id"]) for line in recorded(green)}
    passed: dict[str, frozenset[str]] = {}
    locked = {package.name: package for package in packages()}
    for line in recorded(results):
        package = locked[line["package"]]
        is_open = (line["by"], line["id"]) not in known
        if not (package.tests and is_open and line["diff"] and (line["repaired"] or line["clean"])):
            continue
        tree = fetched(package, work / "packages")
        if package.name not in passed:
            found = room.passed(tree, tests=package.tests, work=work / "before")
            passed[package.name] = found or frozenset()
        if not passed[package.name]:
            continue  # they do not run here, or not in time
        changed = room.changed(tree, diff=line["diff"])
        after = room.passed(changed, tests=package.tests, work=changed.parent / "run")
        kept = after is not None and passed[package.name] <= after
        told = {"by": line["by"], "id": line["id"], "green": kept}
        with green.open("a") as log:
            log.write(json.dumps(told) + "\n")
        print(f"{line['by']:14} {'green' if kept else 'RED  '} {line['rule']} {line['place']}")


def main() -> None:
    """Tries, tests and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--aider", type=Path, help="its program; needed to try anything")
    parser.add_argument("--style", action="append", choices=STYLES, help="its edit format")
    parser.add_argument("--first", type=int, default=20, help="findings of the draw")
    parser.add_argument("--file-bytes-max", type=int, help="only of files that are no longer")
    parser.add_argument("--only", action="append", help="id of a finding among them")
    parser.add_argument("--engine", choices=list(MODELS), default="local")
    parser.add_argument("--threads", type=int, default=0, help="0 for as many as cores")
    parser.add_argument("--engine-cpu-s", type=float, default=600.0, help="bound of Aider's")
    parser.add_argument("--work", type=Path, default=WORK)
    parser.add_argument("--survey", type=Path, help="a survey of fix_rate made before")
    parser.add_argument("--publish", type=Path, help="writes the page there, as Markdown")
    for flag in ("--tests", "--table"):
        parser.add_argument(flag, action="store_true")
    options = parser.parse_args()
    options.work = options.work.resolve()
    options.results = options.work / f"against_aider-{options.engine}.jsonl"
    tested = options.results.with_suffix(".green.jsonl")
    if options.aider:
        found = surveyed(options.work, packages(), known=options.survey)
        order = drawn(found, count=200, seed=1)
        if options.file_bytes_max:
            order = [one for one in order if _file_bytes(one) <= options.file_bytes_max]
        order = order[: options.first]
        run([one for one in order if not options.only or one.id in options.only], options)
    if options.tests:
        tests(options.work, results=options.results, green=tested)
    lines = recorded(options.results)
    green = {(o["by"], o["id"]): o["green"] for o in recorded(tested)}
    printed(lines, green)
    if options.publish:
        options.publish.write_text(published(lines, green))


if __name__ == "__main__":
    main()
