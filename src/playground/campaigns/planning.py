"""Plans: findings become tasks in the order in which they are worth a person's time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playground.campaigns.at_hand import AtHand
from playground.domain.changes import SourceFile
from playground.domain.errors import BadInput
from playground.domain.findings import Finding
from playground.domain.javascript import is_script
from playground.domain.ports import Survey, Workspace
from playground.domain.regions import region_at, region_text
from playground.domain.syntax import parse
from playground.domain.tasks import FileRef, Region, Task, TaskKind

RULES_ABOUT_SIGNATURES = frozenset(
    {
        "reportIncompatibleMethodOverride",
        "reportIncompatibleVariableOverride",
        "reportRedeclaration",
        "ARG001",
        "ARG002",
        "N803",
        "PLR0913",
    }
)
"""Rules whose honest repair changes a signature, so the gate must let it."""

SYNTAX_RULES = frozenset({"invalid-syntax", "E999"})


_Order = tuple[bool, int, int, int, str, str, int]
_LINES_OF_A_STEP = 25


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be tried and what is left alone.

    Attributes:
        tasks: in the order to be tried.
        left: findings that are left alone, each with the reason.
        at_hand: fingerprints of those with a repair at hand that no model is asked for.
    """

    tasks: tuple[Task, ...]
    left: tuple[tuple[Finding, str], ...]
    at_hand: frozenset[str] = frozenset()


def plan(
    survey: Survey,
    *,
    workspace: Workspace,
    limit: int | None = None,
    named: Sequence[str] = (),
    at_hand: AtHand | None = None,
) -> Plan:
    """Returns one task for each finding: the cheapest proofs first, then worst first, then easiest.

    Cheap is what has a repair at hand, so that nobody waits for a model before they are asked. A
    finding is easy when its analyzer has a fix of its own, then when its region is short.
    Findings of one rule stand together, so that a person reads alike changes in a row.

    Args:
        survey: what the analyzers found.
        workspace: reads the files.
        limit: tasks at most, None for all.
        named: paths of files that the person named one by one, which alone lifts the refusal to
            touch files that run by themselves, such as `conftest.py`.
        at_hand: knows what is cheap, None where nobody waits for the first ones.
    """
    files = Files(Path(survey.root), workspace)
    tasks: list[tuple[_Order, Task]] = []
    left: list[tuple[Finding, str]] = []
    cheap: set[str] = set()
    for finding in survey.findings:
        try:
            source = files.get(finding.path)
            task = repair_task(finding, root=survey.root, source=source, named=named)
        except BadInput as error:
            left.append((finding, str(error)))
            continue
        if at_hand is not None and at_hand.has(finding, source=source):
            cheap.add(finding.fingerprint)
        order = _order(finding, task.region, is_cheap=finding.fingerprint in cheap)
        tasks.append((order, task))
    tasks.sort(key=lambda pair: pair[0])
    chosen = [task for _key, task in tasks]
    if limit is not None:
        rest = [task.finding for task in chosen[limit:] if task.finding]
        left += [(finding, "beyond the limit that was asked for (--max)") for finding in rest]
        chosen = chosen[:limit]
    return Plan(tuple(chosen), tuple(left), frozenset(cheap))


def _order(finding: Finding, region: Region | None, *, is_cheap: bool) -> _Order:
    length = region.end_line - region.start_line if region else 0
    ease = 0 if finding.fix else 1
    long = length // _LINES_OF_A_STEP
    place = finding.rule, finding.path, finding.span.start_line
    return not is_cheap, finding.severity.rank, ease, long, *place


class Files:
    """Reads each file of a repository once."""

    def __init__(self, root: Path, workspace: Workspace) -> None:
        self._root = root
        self._workspace = workspace
        self._known: dict[str, SourceFile] = {}

    def get(self, path: str) -> SourceFile:
        """Returns a file.

        Raises:
            BadInput: it cannot be read.
        """
        if path not in self._known:
            self._known[path] = self._workspace.read(self._root, path=path)
        return self._known[path]


def repair_task(
    finding: Finding,
    *,
    root: str,
    source: SourceFile,
    named: Sequence[str] = (),
    region: Region | None = None,
) -> Task:
    """Returns the task of repairing one finding.

    Args:
        finding: what to repair.
        root: absolute folder that paths are relative to.
        source: the finding's file.
        named: paths that the person named one by one.
        region: what a change may touch, where that is known of the same bytes already; the file
            is parsed otherwise.

    Raises:
        BadInput: the file cannot be parsed, so that no region is known; the message says so.
    """
    region = region or _region(finding, source)
    return Task(
        root=root,
        kind=TaskKind.REPAIR,
        goal=f"{finding.rule}: {finding.message}",
        files=(FileRef(source.path, source.sha256),),
        finding=finding,
        region=region,
        region_text=region_text(source.text, region),
        named=tuple(path for path in named if path == source.path),
        signatures_free=finding.rule in RULES_ABOUT_SIGNATURES,
    )


def _region(finding: Finding, source: SourceFile) -> Region:
    readable = is_script(source.path) or parse(source.text) is not None
    if not readable and finding.rule not in SYNTAX_RULES:
        raise BadInput("the file does not parse; repair its syntax error first")
    return region_at(source.path, text=source.text, line=finding.span.start_line)


def request_task(text: str, *, root: Path, files: Sequence[str], workspace: Workspace) -> Task:
    """Returns the task of a request in words.

    Args:
        text: the request, validated.
        root: absolute folder that paths are relative to.
        files: POSIX paths that may be touched, existing or new; empty lets the answer choose
            new files.
        workspace: reads the files that exist.

    Raises:
        BadInput: a path is no source that can be proved, or exists and cannot be read.
    """
    refs: list[FileRef] = []
    for path in files:
        if not path.endswith((".py", ".pyi")) and not is_script(path):
            raise BadInput(
                f"{path} is no Python, JavaScript or TypeScript file; only these can be proved."
            )
        exists = (root / path).exists() or (root / path).is_symlink()
        refs.append(FileRef(path, workspace.read(root, path=path).sha256 if exists else None))
    return Task(
        root=str(root),
        kind=TaskKind.REQUEST,
        goal=text,
        files=tuple(refs),
        named=tuple(files),
        may_create=not files,
        signatures_free=True,
    )
