"""Apply and undo: the approved patch goes through the one door that writes a person's files."""

from __future__ import annotations

from pathlib import Path

from playground.domain.errors import Conflict, Refusal
from playground.domain.events import ChangeApplied, ChangeUndone, RunEnded
from playground.domain.ports import Journal, Workspace
from playground.domain.runs import Run
from playground.orchestrator.graph import ApplyStep, UndoStep
from playground.orchestrator.nodes.base import BaseNode
from playground.orchestrator.nodes.expect import expect


class ApplyNode(BaseNode):
    """Writes the approved patch; repeating it after a crash finishes what was begun."""

    name = "apply"

    def __init__(self, workspace: Workspace, *, journal: Journal) -> None:
        self._workspace = workspace
        self._journal = journal

    def run(self, input_data: Run) -> ChangeApplied | RunEnded:
        """Returns what was written, or the end of the run when a file has changed.

        Raises:
            Conflict: another process carried the run on meanwhile; nothing was written here.
        """
        step = expect(input_data, ApplyStep)
        root = Path(input_data.task.root)
        try:
            written = self._workspace.apply(
                step.proposal,
                root=root,
                approved=step.approved,
                confirm=lambda: _expect_newest(input_data, self._journal),
            )
        except Refusal as error:
            return RunEnded("stale", str(error))
        return ChangeApplied(tuple(written))


class UndoNode(BaseNode):
    """Writes the applied patch backwards under the same rules."""

    name = "undo"

    def __init__(self, workspace: Workspace, *, journal: Journal) -> None:
        self._workspace = workspace
        self._journal = journal

    def run(self, input_data: Run) -> ChangeUndone | RunEnded:
        """Returns what was written, or the end of the run when a file has changed.

        Raises:
            Conflict: another process carried the run on meanwhile; nothing was written here.
        """
        step = expect(input_data, UndoStep)
        try:
            written = self._workspace.undo(
                step.proposal.patch,
                root=Path(input_data.task.root),
                confirm=lambda: _expect_newest(input_data, self._journal),
            )
        except Refusal as error:
            return RunEnded("applied", f"Not undone: {error}")
        return ChangeUndone(tuple(written))


def _expect_newest(run: Run, journal: Journal) -> None:
    """Sees to it that the step which is about to write is still the run's next one.

    Raises:
        Conflict: something was recorded since, so others may have written and undone it already.
    """
    if len(journal.load(run.id).events) != len(run.events):
        raise Conflict(f"Run {run.id} was carried on elsewhere; nothing was written here.")
