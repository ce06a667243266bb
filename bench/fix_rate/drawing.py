"""Which findings are tried, and in which order, so that the first blocks are a fair sample."""

from __future__ import annotations

import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from arms import Arm, opened
from fetching import LOCK, Package, fetched

import playground
from playground.campaigns.planning import plan
from playground.domain.events import TaskOpened
from playground.domain.tasks import Policy, Task
from playground.journal.codec import decode, encode

BLOCK = 20
_PARTS = ("analyzers", "campaigns", "domain", "config")


@dataclass(frozen=True)
class Drawn:
    """One finding of a package, as a task of the product."""

    package: str
    task: Task

    @property
    def rule(self) -> str:
        """The rule that found it."""
        return self.task.finding.rule if self.task.finding else ""

    @property
    def id(self) -> str:
        """The same for the same finding of the same bytes, wherever they are unpacked."""
        finding = self.task.finding
        files = [f.sha256 for f in self.task.files]
        what = [self.package, finding.fingerprint if finding else "", *files]
        return hashlib.sha256("\0".join(what).encode()).hexdigest()[:16]


def drawn(found: Sequence[Drawn], *, count: int, seed: int) -> list[Drawn]:
    """Returns `count` findings, chosen by rule in turns, in a stratified order.

    Of every rule the first half of the order holds half, the first quarter a quarter, and so on.
    """
    rng = random.Random(seed)
    by_rule: dict[str, list[Drawn]] = defaultdict(list)
    for one in sorted(found, key=lambda one: one.id):
        by_rule[one.rule].append(one)
    chosen: dict[str, list[Drawn]] = {}
    for rule in sorted(by_rule):
        rng.shuffle(by_rule[rule])
        chosen[rule] = []
    left = min(count, len(found))
    while left:
        for rule in sorted(by_rule):
            if by_rule[rule] and left:
                chosen[rule].append(by_rule[rule].pop())
                left -= 1
    placed = [
        ((number + rng.random()) / len(ones), one.id, one)
        for _, ones in sorted(chosen.items())
        for number, one in enumerate(ones)
    ]
    return [one for _, _, one in sorted(placed, key=lambda place: place[:2])]


def blocks(order: Sequence[Drawn]) -> list[list[Drawn]]:
    """Returns the order in blocks; inside of one, findings of a package stand together."""
    cut = [list(order[at : at + BLOCK]) for at in range(0, len(order), BLOCK)]
    return [sorted(block, key=lambda one: one.package) for block in cut]


def surveyed(work: Path, wanted: Sequence[Package], *, known: Path | None = None) -> list[Drawn]:
    """Returns every finding without a fix of the analyzer's own; surveys once for one product.

    Args:
        work: folder of the packages and surveys.
        wanted: the packages.
        known: a survey to take instead, so that another state of the product gets the same draw.
    """
    known = known or work / f"survey-{_state(wanted)}.jsonl"
    if known.exists():
        lines = [json.loads(line) for line in known.read_text().splitlines()]
        names = {package.name for package in wanted}
        mine = (line for line in lines if line["package"] in names)
        return [Drawn(line["package"], _task(line["event"])) for line in mine]
    found: list[Drawn] = []
    with opened(Arm("survey", ("tools.memory.enabled=false",)), work) as app:
        for package in wanted:
            root = fetched(package, work / "packages")
            survey = app.gate.survey(root, paths=(package.code,))
            course = plan(survey, workspace=app.workspace)
            tasks = [t for t in course.tasks if t.finding and t.finding.fix is None]
            found += [Drawn(package.name, task) for task in tasks]
            print(f"{package.name:18} {len(survey.findings):5} findings, {len(tasks):5} without")
    known.write_text(
        "".join(
            json.dumps({"package": o.package, "event": encode(TaskOpened(o.task, Policy()))}) + "\n"
            for o in found
        )
    )
    return found


def _task(body: str) -> Task:
    event = decode(body)
    if not isinstance(event, TaskOpened):
        raise TypeError("a survey holds tasks")
    return event.task


def state_of_product() -> str:
    """Returns a digest of everything that the product's answers depend on, models aside."""
    source, digest = Path(playground.__file__).parent, hashlib.sha256()
    for file in sorted(p for p in source.rglob("*") if p.suffix in {".py", ".md", ".yaml"}):
        digest.update(file.relative_to(source).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _state(wanted: Sequence[Package]) -> str:
    """Returns a digest of everything that findings depend on."""
    source = Path(playground.__file__).parent
    digest = hashlib.sha256(LOCK.read_bytes())
    digest.update(",".join(package.name for package in wanted).encode())
    for part in _PARTS:
        for file in sorted((source / part).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
