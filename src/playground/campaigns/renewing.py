"""A proposal whose file was changed since: found again in the file as it is, and proved anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from playground.campaigns.planning import repair_task
from playground.campaigns.working import Parts, applied_changes, change_now
from playground.domain.changes import FileChange, Patch, SourceFile
from playground.domain.errors import BadInput
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
        run: whose proposal waits.
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
    """Returns the files of the waiting proposal that are neither as before it nor as after it."""
    changes = run.waiting.patch.files if run.waiting is not None else ()
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
    proposal, finding = run.waiting, run.task.finding
    if proposal is None or finding is None or len(proposal.patch.files) != 1:
        return None
    old = proposal.patch.files[0]
    try:
        source = parts.workspace.read(Path(run.task.root), path=old.path)
        change = change_now(run, source=source, landed=_changes_of(landed, old.path))
        if change is None:
            return None
        line = finding.span.start_line + _shift(old, change, near=finding.span.start_line)
        task = _task_at(line, run, parts=parts, source=source)
    except BadInput:
        return None
    return task and Carried(task, Patch((change,)), {source.path: source.text})


def _shift(old: FileChange, new: FileChange, *, near: int) -> int:
    """Returns by how many lines the hunk nearest to a line was moved."""
    pairs = zip(old.hunks, new.hunks, strict=True)
    before, after = min(pairs, key=lambda pair: abs(pair[0].start + 1 - near))
    return after.start - before.start


def _task_at(line: int, run: Run, *, parts: Parts, source: SourceFile) -> Task | None:
    """Returns the run's question about the file as it is now, None when it is no question.

    Fingerprints do not say which of several like findings is meant once one of them is gone; the
    place does.
    """
    asked, root = run.task.finding, Path(run.task.root)
    survey = parts.gate.survey(root, paths=[source.path])
    if asked is None or any(check.status is not CheckStatus.OK for check in survey.checks):
        return None
    there = (
        found
        for found in survey.findings
        if (found.tool, found.rule) == (asked.tool, asked.rule)
        and found.path == source.path
        and found.span.start_line == line
    )
    found = next(there, None)
    if found is None:
        return None
    return repair_task(found, root=str(root), source=source, named=run.task.named)


def _changes_of(runs: Iterable[Run], path: str) -> tuple[FileChange, ...]:
    return tuple(change for run in runs for change in applied_changes(run, path=path))
