"""The files of a task as they were when it was opened."""

from __future__ import annotations

from pathlib import Path

from playground.domain.errors import BadInput, Stale
from playground.domain.ports import Workspace
from playground.domain.tasks import Task


class Sources:
    """Reads the files of tasks through the workspace and refuses what has changed since."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def bases(self, task: Task) -> dict[str, str | None]:
        """Returns the text of every file in scope, None for a file that does not exist yet.

        Raises:
            Stale: a file is not what it was when the task was opened.
        """
        found: dict[str, str | None] = {}
        for ref in task.files:
            if ref.sha256 is None:
                found[ref.path] = None
                continue
            try:
                source = self._workspace.read(Path(task.root), path=ref.path)
            except BadInput as error:
                raise Stale(f"{ref.path} can no longer be read: {error}") from error
            if source.sha256 != ref.sha256:
                raise Stale(f"{ref.path} was changed after this task was opened; start it again.")
            found[ref.path] = source.text
        return found

    def obstacle(self, task: Task, path: str) -> str:
        """Says why no new file can be made at a path below the task's root, or ""."""
        try:
            return self._workspace.obstacle(Path(task.root), path=path)
        except BadInput as error:
            return str(error)

    def read(self, task: Task, path: str) -> str | None:
        """Returns the text of any file below the task's root, None when it cannot be read."""
        try:
            return self._workspace.read(Path(task.root), path=path).text
        except BadInput:
            return None
