"""A workspace in memory, for tests and trials that must not touch a disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from playground.domain.changes import FileChange, Patch, SourceFile, digest_of
from playground.domain.errors import BadInput, Stale
from playground.domain.events import FileWritten
from playground.domain.ports import Confirm
from playground.domain.proposals import Approved, Proposal
from playground.security.vacancy import clash


def _go_on(_point: str) -> None:
    """Stands for no crash point."""


class FakeWorkspace:
    """The port `Workspace` on a dictionary; safe to share between threads.

    It holds one tree; `root` is accepted and not looked at.

    Attributes:
        files: text by POSIX path; tests may edit it as a person would edit files.
        writes: every write in order, as pairs of a path and the new text, None for a removal.

    Args:
        files: what the tree holds at first.
        checkpoint: called with the name of each moment at which a real process could die.
    """

    def __init__(
        self,
        files: Mapping[str, str] | None = None,
        *,
        checkpoint: Callable[[str], None] = _go_on,
    ) -> None:
        self.files: dict[str, str] = dict(files or {})
        self.writes: list[tuple[str, str | None]] = []
        self._checkpoint = checkpoint
        self._lock = threading.RLock()

    def restarted(self, checkpoint: Callable[[str], None]) -> FakeWorkspace:
        """Returns another workspace on the same files, as a new process would open it."""
        again = FakeWorkspace(checkpoint=checkpoint)
        again.files = self.files
        again.writes = self.writes
        return again

    def read(self, root: Path, *, path: str) -> SourceFile:
        """Returns a file.

        Raises:
            BadInput: there is none with this path.
        """
        del root
        with self._lock:
            if path not in self.files:
                raise BadInput(f"{path} does not exist; give a file below the root.")
            return SourceFile(path, self.files[path])

    def obstacle(self, root: Path, *, path: str) -> str:
        """Says why no new file can be made at a path beside the others, or ""."""
        del root
        with self._lock:
            there = f"{path} is there already, so no new file can be made of that name."
            return there if path in self.files else clash(path, others=sorted(self.files))

    def apply(
        self, proposal: Proposal, *, root: Path, approved: Approved, confirm: Confirm
    ) -> list[FileWritten]:
        """Writes the patch; repeating a finished or half-finished call is harmless.

        Raises:
            Stale: the approval is for another proposal, or a file is neither as before nor after.
        """
        del root
        if approved.proposal_digest != proposal.digest:
            raise Stale("The approval is for another proposal; look at the new one and decide.")
        return self._write(proposal.patch, confirm)

    def undo(self, patch: Patch, *, root: Path, confirm: Confirm) -> list[FileWritten]:
        """Writes the reversed patch under the same rules."""
        del root
        return self._write(patch.reversed(), confirm)

    def _write(self, patch: Patch, confirm: Confirm) -> list[FileWritten]:
        with self._lock:
            pending = [change for change in patch.files if self._is_pending(change)]
            if pending:
                confirm()
            for change in pending:
                self._checkpoint(f"before write {change.path}")
                after = change.applied_to(self.files.get(change.path, ""))
                if change.after_sha256 is None:
                    del self.files[change.path]
                    self.writes.append((change.path, None))
                else:
                    self.files[change.path] = after
                    self.writes.append((change.path, after))
                self._checkpoint(f"after write {change.path}")
        return [FileWritten(f.path, f.base_sha256, f.after_sha256) for f in patch.files]

    def _is_pending(self, change: FileChange) -> bool:
        text = self.files.get(change.path)
        now = None if text is None else digest_of(text)
        if now == change.after_sha256:
            return False
        if now != change.base_sha256:
            raise Stale(
                f"{change.path} was changed since; take that change back, or improve the file anew."
            )
        return True
