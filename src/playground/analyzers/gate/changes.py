"""What a candidate would make of the files that it touches, checked against what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from playground.analyzers.gate.view import ChangeView
from playground.domain.candidates import Candidate
from playground.domain.changes import FileChange, digest_of
from playground.domain.errors import BadInput, Stale
from playground.domain.ports import Workspace
from playground.domain.tasks import FileRef, Task
from playground.domain.verdicts import Objection


@dataclass(frozen=True, slots=True)
class Changes:
    """A candidate's changes.

    Attributes:
        bases: texts of all existing files of the task, by path.
        views: one for each changed file.
        objections: what is wrong with the changes themselves.
    """

    bases: Mapping[str, str]
    views: tuple[ChangeView, ...]
    objections: tuple[Objection, ...]


def read_changes(task: Task, *, candidate: Candidate, workspace: Workspace) -> Changes:
    """Reads the task's files and applies the candidate to them in memory.

    Raises:
        Stale: a file is not what the task was opened for, or what the candidate was made for.
    """
    root = Path(task.root)
    bases: dict[str, str] = {}
    for ref in task.files:
        text = _base(ref, root=root, workspace=workspace)
        if text is not None:
            bases[ref.path] = text
    views: list[ChangeView] = []
    objections: list[Objection] = []
    for change in candidate.patch.files:
        known = {ref.path for ref in task.files}
        if change.path not in known and not change.is_new:
            objections.append(_objection("outside", f"{change.path} is not part of the task."))
            continue
        if change.path not in known:
            _base(FileRef(change.path, None), root=root, workspace=workspace)
        view = _view(change, bases.get(change.path))
        if isinstance(view, Objection):
            objections.append(view)
        else:
            views.append(view)
    if not candidate.patch.files:
        objections.append(_objection("empty", "The candidate changes nothing."))
    return Changes(bases, tuple(views), tuple(objections))


def _base(ref: FileRef, *, root: Path, workspace: Workspace) -> str | None:
    try:
        text = workspace.read(root, path=ref.path).text
    except BadInput as error:
        if ref.sha256 is None:
            return None
        raise Stale(f"{ref.path} is no longer readable as it was; open the task anew.") from error
    if ref.sha256 is None:
        raise Stale(f"{ref.path} exists by now; open the task anew.")
    if digest_of(text) != ref.sha256:
        raise Stale(f"{ref.path} was changed since the task was opened; open it anew.")
    return text


def _view(change: FileChange, base: str | None) -> ChangeView | Objection:
    if change.after_sha256 is None:
        return _objection("deleted-file", f"{change.path} would be removed; keep the file.")
    if change.is_new != (base is None):
        raise Stale(f"{change.path} is not the file that this change was made for.")
    after = change.applied_to(base or "")
    try:
        whole = digest_of(after) == change.after_sha256
    except UnicodeEncodeError:
        whole = False
    if not whole:
        return _objection("malformed", f"The change of {change.path} does not add up.")
    return ChangeView(change.path, base, after)


def _objection(code: str, message: str) -> Objection:
    return Objection(code, message)
