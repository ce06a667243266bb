"""A repository that lies at another path here than where its runs were opened.

Runs name the path of the person's machine. A worker reads its own copy in its place and writes
into none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from playground.domain.candidates import Candidate
from playground.domain.changes import Patch, SourceFile
from playground.domain.comparisons import Comparison
from playground.domain.errors import BadInput, Refusal
from playground.domain.events import FileWritten
from playground.domain.findings import Finding
from playground.domain.ports import Confirm, Gate, RuleCard, Survey, Workspace
from playground.domain.proposals import Approved, Proposal
from playground.domain.tasks import Task
from playground.domain.verdicts import Verdict

_NO_WRITING = "A worker writes into no tree; changes are applied where the person is."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a repository lies.

    Attributes:
        root: absolute path where its runs were opened.
        here: absolute path of the copy on this machine.
    """

    root: Path
    here: Path

    def of(self, root: Path) -> Path:
        """Returns the folder here that stands for a run's root.

        Raises:
            BadInput: the run is of another repository.
        """
        if root != self.root:
            raise BadInput(f"This worker works on {self.root} and not on {root}.")
        return self.here


class PlacedWorkspace:
    """The port `Workspace` on a copy; refuses to write.

    Args:
        workspace: reads the copy.
        place: where it lies.
    """

    def __init__(self, workspace: Workspace, *, place: Place) -> None:
        self._workspace = workspace
        self._place = place

    def read(self, root: Path, *, path: str) -> SourceFile:
        """Reads a file of the copy."""
        return self._workspace.read(self._place.of(root), path=path)

    def obstacle(self, root: Path, *, path: str) -> str:
        """Says why no new file could be made at a path, or "" when one could."""
        return self._workspace.obstacle(self._place.of(root), path=path)

    def apply(
        self, proposal: Proposal, *, root: Path, approved: Approved, confirm: Confirm
    ) -> list[FileWritten]:
        """Refuses.

        Raises:
            Refusal: always.
        """
        del proposal, root, approved, confirm
        raise Refusal(_NO_WRITING)

    def undo(self, patch: Patch, *, root: Path, confirm: Confirm) -> list[FileWritten]:
        """Refuses.

        Raises:
            Refusal: always.
        """
        del patch, root, confirm
        raise Refusal(_NO_WRITING)


class PlacedGate:
    """The port `Gate` on a copy.

    Args:
        gate: judges by the copy's path.
        place: where it lies.
    """

    def __init__(self, gate: Gate, *, place: Place) -> None:
        self._gate = gate
        self._place = place

    def prepare(self, root: Path) -> None:
        """Lets what candidates are judged with start in the background."""
        self._gate.prepare(self._place.of(root))

    def survey(self, root: Path, *, paths: Sequence[str], rules: Sequence[str] = ()) -> Survey:
        """Collects findings; they are said to be of the run's root."""
        found = self._gate.survey(self._place.of(root), paths=paths, rules=rules)
        return replace(found, root=str(root))

    def survey_since(
        self, root: Path, *, revision: str, paths: Sequence[str], rules: Sequence[str] = ()
    ) -> Comparison:
        """Collects the findings that the tree has and a revision of it has not."""
        found = self._gate.survey_since(
            self._place.of(root), revision=revision, paths=paths, rules=rules
        )
        return replace(found, root=str(root))

    def judge(self, task: Task, *, candidate: Candidate) -> Verdict:
        """Compares the copy with and without the candidate."""
        here = self._place.of(Path(task.root))
        return self._gate.judge(replace(task, root=str(here)), candidate=candidate)

    def explain(self, finding: Finding) -> RuleCard:
        """Returns the card of the finding's rule."""
        return self._gate.explain(finding)
