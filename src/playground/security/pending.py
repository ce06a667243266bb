"""What a patch still has to write: every file is found before or after, or nothing is done."""

from __future__ import annotations

import os
from dataclasses import dataclass

from playground.domain.changes import FileChange, Patch, digest_of
from playground.domain.errors import Refusal, Stale
from playground.security.tree import Seen, look, parts_of


@dataclass(frozen=True, slots=True)
class Pending:
    """A file that is still as before.

    Attributes:
        change: what shall happen to it.
        parts: the names of its path.
        seen: the file as it was found.
        like: whose mode, owner and attributes the new file gets; None for the usual ones.
        content: the bytes that it shall have, None to remove it.
    """

    change: FileChange
    parts: tuple[str, ...]
    seen: Seen
    like: os.stat_result | None
    content: bytes | None

    def expect_untouched(self, *, folder: int) -> None:
        """Looks again, just before the file is replaced.

        Args:
            folder: a descriptor of the file's folder.

        Raises:
            Stale: the file is not the one that was read, or was written since.
        """
        try:
            now = os.stat(self.parts[-1], dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            now = None
        if _identity(now) != _identity(self.seen.status):
            path = self.change.path
            raise Stale(
                f"{path} was changed just now; take that change back, or improve the file anew."
            )


def pending_of(top: int, *, patch: Patch, file_bytes_max: int) -> list[Pending]:
    """Returns the files still to be written.

    Args:
        top: a descriptor of the root.
        patch: what shall be written.
        file_bytes_max: larger files are neither read nor written.

    Raises:
        Stale: a file is neither as before nor as after.
        Refusal: a file has several names, or a change does not give what it says.
        BadInput: a path leads outside or to something that is no text file.
        OSError: a file cannot be read.
    """
    pending: list[Pending] = []
    done: list[str] = []
    for change in patch.files:
        parts = parts_of(change.path)
        seen = look(top, parts=parts, file_bytes_max=file_bytes_max)
        now = None if seen.text is None else digest_of(seen.text)
        if now == change.after_sha256:
            done.append(change.path)
            continue
        if now != change.base_sha256:
            already = f" ({', '.join(done)} holds its change already)" if done else ""
            raise Stale(
                f"{change.path} was changed since{already}; "
                "take that change back, or improve the file anew."
            )
        if seen.status and seen.status.st_nlink > 1:
            raise Refusal(f"{change.path} has several names (hard links); make it one file.")
        content = _content_after(change, seen.text or "", file_bytes_max)
        pending.append(Pending(change, parts, seen, seen.status, content))
    return pending


def _content_after(change: FileChange, before: str, file_bytes_max: int) -> bytes | None:
    """Returns the new bytes, None for a file that goes away."""
    after = change.applied_to(before)
    if change.after_sha256 is None:
        if after:
            raise Refusal(f"The change of {change.path} removes a file with text; reject it.")
        return None
    try:
        content = after.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Refusal(f"The change of {change.path} is not UTF-8 text; reject it.") from error
    if digest_of(after) != change.after_sha256:
        raise Refusal(f"The change of {change.path} does not give what it says; reject it.")
    if len(content) > file_bytes_max:
        raise Refusal(f"{change.path} would grow over {file_bytes_max} bytes; reject it.")
    return content


def _identity(status: os.stat_result | None) -> tuple[int, ...] | None:
    if status is None:
        return None
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_mode,
    )
