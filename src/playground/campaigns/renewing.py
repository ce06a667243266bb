"""A proposal whose file was changed since: found again in the file as it is, and proved anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from playground.campaigns.anchoring import anchored
from playground.campaigns.planning import repair_task
from playground.campaigns.working import Parts, applied_changes, change_now
from playground.domain.changes import FileChange, Patch, SourceFile
from playground.domain.errors import BadInput
from playground.domain.findings import Finding
from playground.domain.ports import Listener
from playground.domain.rebasing import Carried
from playground.domain.runs import Run
from playground.domain.tasks import Task
from playground.domain.verdicts import CheckStatus


@dataclass(frozen=True, slots=True)
class Renewed:
    """What there is to decide about now.

    Attributes:
        run: with the proposal as its files are now, or the old one.
        trouble: why the old proposal cannot be applied to its files as they are, "" if it can.
    """

    run: Run
    trouble: str = ""


def renewed(run: Run, *, parts: Parts, landed: Sequence[Run], listener: Listener) -> Renewed:
    """Returns the run, or one with its change where its lines are by now, proved again.

    What cannot be carried over stays as it is: the file may come back, as it does when a person
    changes branches.

    Args:
        run: whose proposal waits, or was found stale when it was to be written.
        parts: the ports.
        landed: runs whose changes were applied since it was made, where they are known.
        listener: called after each event of the new run.

    Raises:
        Unavailable: a needed part is missing.
    """
    changed = changed_files(run, parts=parts)
    if not changed:
        return Renewed(run)
    trouble = f"{', '.join(changed)} was changed since; this change was proposed for it as it was"
    carried = _carried(run, parts, landed)
    if carried is None:
        return Renewed(run, trouble)
    new = parts.desk.advance(parts.desk.carry(run.id, carried=carried), listener=listener)
    return Renewed(new)


def changed_files(run: Run, *, parts: Parts) -> list[str]:
    """Returns the files of the proposal that are neither as before it nor as after it."""
    changes = run.proposal.patch.files if run.proposal is not None else ()
    return [change.path for change in changes if _is_changed(change, run, parts)]


def _is_changed(change: FileChange, run: Run, parts: Parts) -> bool:
    if change.base_sha256 is None:
        return False
    try:
        now = parts.workspace.read(Path(run.task.root), path=change.path).sha256
    except BadInput:
        return True
    return now not in {change.base_sha256, change.after_sha256}


def _carried(run: Run, parts: Parts, landed: Sequence[Run]) -> Carried | None:
    proposal, finding = run.proposal, run.task.finding
    if proposal is None or finding is None or len(proposal.patch.files) != 1:
        return None
    old = proposal.patch.files[0]
    try:
        source = parts.workspace.read(Path(run.task.root), path=old.path)
        change = change_now(run, source=source, landed=_changes_of(landed, old.path))
        if change is None:
            return None
        moved = _moved(finding, by=_shift(old, change, near=finding.span.start_line))
        task = _task_about(moved, run, parts=parts, source=source)
    except BadInput:
        return None
    if task is None or not _is_about(task, change):
        return None
    return Carried(task, Patch((change,)), {source.path: source.text})


def _moved(finding: Finding, *, by: int) -> Finding:
    """Returns the finding as if the lines around it were moved."""
    span = finding.span
    first, last = span.start_line + by, span.end_line + by
    return replace(finding, span=replace(span, start_line=first, end_line=last))


def _is_about(task: Task, change: FileChange) -> bool:
    """Whether the change touches the code that the task is about."""
    region = task.region
    if region is None:
        return True
    first, last = region.start_line - 1, region.end_line
    return any(h.start < last and first < h.start + max(1, len(h.before)) for h in change.hunks)


def _shift(old: FileChange, new: FileChange, *, near: int) -> int:
    """Returns by how many lines the hunk nearest to a line was moved."""
    pairs = zip(old.hunks, new.hunks, strict=True)
    before, after = min(pairs, key=lambda pair: abs(pair[0].start + 1 - near))
    return after.start - before.start


def _task_about(expected: Finding, run: Run, *, parts: Parts, source: SourceFile) -> Task | None:
    """Returns the run's question about the file as it is now, None when it is no question.

    Args:
        expected: what the run is about, where its lines should be by now.
        run: whose proposal waits.
        parts: the ports.
        source: the file.
    """
    root = Path(run.task.root)
    survey = parts.gate.survey(root, paths=[source.path])
    if any(check.status is not CheckStatus.OK for check in survey.checks):
        return None
    there = [found for found in survey.findings if found.path == source.path]
    found = anchored([expected], there)[0] or _at(expected, there)
    if found is None:
        return None
    return repair_task(found, root=str(root), source=source, named=run.task.named)


def _at(expected: Finding, found: Sequence[Finding]) -> Finding | None:
    """Returns the one finding of the rule on the line, whose statement may be another one now."""
    same = [
        each
        for each in found
        if (each.tool, each.rule) == (expected.tool, expected.rule)
        and each.span.start_line == expected.span.start_line
    ]
    return same[0] if len(same) == 1 else None


def _changes_of(runs: Iterable[Run], path: str) -> tuple[FileChange, ...]:
    return tuple(change for run in runs for change in applied_changes(run, path=path))
