"""The third door: the only code that writes a person's files.

A patch is written in two phases. First every new text is written beside its file under a name of
our own and flushed, so that a full disk is found before anything changes; then each is renamed
into place. What a killed process leaves behind is told by its name and its missing lock, and is
removed by the next write in the same folder. Calling again after any interruption finishes the
rest, because each file is recognised by its digest as before or after. A digest alone does not tell
whether the change is still wanted: a process that was stopped for an hour may wake up to files
that a person has put back. So the caller is asked once more while nobody else can write.

No link is followed, neither below the root nor on the way to it: a root is resolved when a task is
opened, so a link on the way was put there since. A file with several names (hard links) is
refused, because a rename would part them. Mode, owner and extended attributes are kept as far as
the system allows.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import stat
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from playground.domain.changes import Patch, SourceFile, digest_of
from playground.domain.errors import (
    BadInput,
    Busy,
    PlaygroundError,
    Refusal,
    Stale,
    StorageUnavailable,
)
from playground.domain.events import FileWritten
from playground.domain.ports import Confirm
from playground.domain.proposals import Approved, Proposal
from playground.security.pending import Pending, pending_of
from playground.security.tree import (
    folder,
    look,
    open_folder,
    open_root,
    open_root_itself,
    opened,
    parts_of,
)
from playground.security.vacancy import obstacle

Checkpoint = Callable[[str], None]
"""Called with the name of each moment between two durable steps; crash tests raise there."""

_TEMPORARY = re.compile(r"\.playground-[0-9a-f]{16}\.tmp")
_POLL_S = 0.02
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_REASONS = {
    errno.ENOSPC: "the disk is full; free some space and try again",
    errno.EDQUOT: "your disk quota is used up; free some space and try again",
    errno.EROFS: "the disk is read-only; make it writable and try again",
    errno.EACCES: "permission is denied; make the file and its folder yours and try again",
    errno.EPERM: "permission is denied; make the file and its folder yours and try again",
}


@dataclass(frozen=True, slots=True)
class _Staged:
    """A pending file whose new bytes lie in `folder` under the name `temporary`, "" for none."""

    pending: Pending
    folder: int
    temporary: str

    @property
    def path(self) -> str:
        return self.pending.change.path

    @property
    def name(self) -> str:
        return self.pending.parts[-1]


def _go_on(_point: str) -> None:
    """Stands for no checkpoint."""


class LocalWorkspace:
    """The port `Workspace` on the local disk; threads and processes take turns for each root.

    Args:
        file_bytes_max: larger files are neither read nor written.
        lock_timeout_s: how long to wait for another writer of the same root.
        checkpoint: for crash tests.
    """

    def __init__(
        self,
        *,
        file_bytes_max: int = 1_000_000,
        lock_timeout_s: float = 10.0,
        checkpoint: Checkpoint = _go_on,
    ) -> None:
        self._file_bytes_max = file_bytes_max
        self._lock_timeout_s = lock_timeout_s
        self._checkpoint = checkpoint

    def read(self, root: Path, *, path: str) -> SourceFile:
        """Reads a regular UTF-8 file below the root without following links.

        Raises:
            BadInput: it is missing, outside, a link, too large, or not UTF-8 text.
        """
        parts = parts_of(path)
        try:
            with opened(open_root(root)) as top:
                seen = look(top, parts=parts, file_bytes_max=self._file_bytes_max)
        except OSError as error:
            raise BadInput(f"{path} below {root} cannot be read: {_reason(error)}.") from error
        if seen.text is None:
            raise BadInput(f"{path} does not exist; give a file below {root}.")
        return SourceFile(path, seen.text)

    def obstacle(self, root: Path, *, path: str) -> str:
        """Says in one sentence why no new file can be made at a path, or "" when one can.

        Raises:
            BadInput: the root cannot be read.
        """
        try:
            with opened(open_root(root)) as top:
                return obstacle(top, path=path)
        except OSError as error:
            raise BadInput(f"{root} cannot be read: {_reason(error)}.") from error

    def apply(
        self, proposal: Proposal, *, root: Path, approved: Approved, confirm: Confirm
    ) -> list[FileWritten]:
        """Writes the patch; repeating a finished or half-finished call is harmless.

        Raises:
            Stale: the approval is for another proposal, or a file is neither as before nor after.
            Refusal: a path leads outside, or a file has several names.
            Busy: another writer kept the root for too long.
            StorageUnavailable: the disk is full or read-only; nothing is half-written.
        """
        if approved.proposal_digest != proposal.digest:
            raise Stale("The approval is for another proposal; look at the new one and decide.")
        return self._write(proposal.patch, root, confirm=confirm)

    def undo(self, patch: Patch, *, root: Path, confirm: Confirm) -> list[FileWritten]:
        """Writes the reversed patch under the same rules; folders that were made stay.

        Raises:
            Stale: a file is neither as after nor as before the patch.
            Refusal: a path leads outside, or a file has several names.
            Busy: another writer kept the root for too long.
            StorageUnavailable: the disk is full or read-only; nothing is half-written.
        """
        return self._write(patch.reversed(), root, confirm=confirm)

    def _write(self, patch: Patch, root: Path, *, confirm: Confirm) -> list[FileWritten]:
        if len(set(patch.paths)) != len(patch.paths):
            raise Refusal("The patch names a file twice; make one change of it.")
        try:
            with self._turn(root) as top:
                for change in patch.files:
                    _sweep(top, parts_of(change.path)[:-1])
                pending = pending_of(top, patch=patch, file_bytes_max=self._file_bytes_max)
                self._commit(top, pending, confirm=confirm)
        except BadInput as error:
            raise Refusal(str(error)) from error
        except OSError as error:
            raise StorageUnavailable(f"{root} cannot be written: {_reason(error)}.") from error
        return [FileWritten(f.path, f.base_sha256, f.after_sha256) for f in patch.files]

    @contextlib.contextmanager
    def _turn(self, root: Path) -> Generator[int]:
        """Opens the root and keeps other writers out of it; the kernel ends a dead one's turn."""
        try:
            descriptor = open_root_itself(root)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise Stale(
                f"The folder {root} is gone or leads through a link by now; "
                "bring it back or start again."
            ) from error
        with opened(descriptor) as top:
            deadline = time.monotonic() + self._lock_timeout_s
            while not _is_locked(top):
                if time.monotonic() >= deadline:
                    raise Busy(f"Another program writes below {root}; try again.", retry_after_s=1)
                time.sleep(_POLL_S)
            yield top

    def _commit(self, top: int, pending: list[Pending], *, confirm: Confirm) -> None:
        """Stages every file, then puts each in place; takes all back when one cannot be."""
        staged: list[_Staged] = []
        made: list[tuple[str, ...]] = []
        with contextlib.ExitStack() as stack:
            try:
                for item in pending:
                    above = _folder_for(stack, top, item.parts[:-1], made=made)
                    staged.append(self._stage(stack, item, folder=above))
                if staged:
                    confirm()
                for item in staged:
                    self._place(item)
            except (Exception, KeyboardInterrupt) as error:
                left = self._taken_back(top, staged)
                _remove_empty(top, made)
                if left and isinstance(error, OSError):
                    raise StorageUnavailable(
                        f"{', '.join(left)} holds the change and the rest of it could not be "
                        f"written: {_reason(error)}."
                    ) from error
                raise

    def _stage(self, stack: contextlib.ExitStack, item: Pending, *, folder: int) -> _Staged:
        """Writes the new bytes beside the file; the descriptor stays open, and so its lock."""
        if item.content is None:
            return _Staged(item, folder, "")
        temporary = f".playground-{secrets.token_hex(8)}.tmp"
        self._checkpoint(f"before create {item.change.path}")
        mode = 0o600 if item.like else 0o666  # a new file gets what the umask leaves
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        file = stack.enter_context(opened(os.open(temporary, flags, mode, dir_fd=folder)))
        try:
            with contextlib.suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_EX)
            self._checkpoint(f"before fill {item.change.path}")
            _fill(file, item.content)
            if item.like:
                _liken(file, item.like)
                _copy_attributes(file, item.parts[-1], folder=folder)
            os.fsync(file)
            self._checkpoint(f"after fill {item.change.path}")
        except (Exception, KeyboardInterrupt):
            _discard(temporary, folder=folder)
            raise
        return _Staged(item, folder, temporary)

    def _place(self, item: _Staged) -> None:
        """Renames the staged file into place unless the old one was touched since it was read."""
        item.pending.expect_untouched(folder=item.folder)
        self._checkpoint(f"before place {item.path}")
        if not item.temporary:
            os.unlink(item.name, dir_fd=item.folder)
        elif item.pending.seen.status:
            os.rename(item.temporary, item.name, src_dir_fd=item.folder, dst_dir_fd=item.folder)
        else:
            self._place_new(item)
        self._checkpoint(f"after place {item.path}")
        os.fsync(item.folder)

    def _place_new(self, item: _Staged) -> None:
        """Gives a new file its name without ever replacing one that appeared meanwhile."""
        old, new, above = item.temporary, item.name, item.folder
        try:
            os.link(old, new, src_dir_fd=above, dst_dir_fd=above, follow_symlinks=False)
        except FileExistsError as error:
            raise Stale(f"{item.path} exists by now; look at it and decide anew.") from error
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            os.rename(old, new, src_dir_fd=above, dst_dir_fd=above)
            return
        self._checkpoint(f"between names {item.path}")
        os.unlink(old, dir_fd=above)

    def _taken_back(self, top: int, staged: list[_Staged]) -> list[str]:
        """Puts every placed file back as it was; returns the paths where that failed."""
        left: list[str] = []
        for item in staged:
            if item.temporary:
                _discard(item.temporary, folder=item.folder)
        for item in reversed(staged):
            try:
                self._put_back(top, item)
            except (OSError, PlaygroundError):
                left.append(item.path)
        return left

    def _put_back(self, top: int, item: _Staged) -> None:
        old = item.pending
        now = look(top, parts=old.parts, file_bytes_max=self._file_bytes_max)
        digest = None if now.text is None else digest_of(now.text)
        if digest != old.change.after_sha256:
            return  # not placed yet, or somebody's own text by now
        content = None if old.seen.text is None else old.seen.text.encode("utf-8")
        back = Pending(old.change.reversed(), old.parts, now, old.like, content)
        with contextlib.ExitStack() as stack:
            self._place(self._stage(stack, back, folder=item.folder))


def _reason(error: OSError) -> str:
    known = _REASONS.get(error.errno or 0)
    return known or f"{(error.strerror or str(error)).lower()}; check the path and the disk"


def _is_locked(top: int) -> bool:
    """Tries to take the root's lock; True also where the file system has no locks."""
    try:
        fcntl.flock(top, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # the digests still keep two writers from spoiling a file
    return True


def _folder_for(
    stack: contextlib.ExitStack,
    top: int,
    parts: tuple[str, ...],
    *,
    made: list[tuple[str, ...]],
) -> int:
    """Returns a descriptor of the folder; folders that have to be made are added to `made`."""
    current = top
    for depth, name in enumerate(parts, start=1):
        try:
            below = open_folder(name, above=current)
        except FileNotFoundError:
            os.mkdir(name, dir_fd=current)
            made.append(parts[:depth])
            os.fsync(current)
            below = open_folder(name, above=current)
        current = stack.enter_context(opened(below))
    return current


def _remove_empty(top: int, made: list[tuple[str, ...]]) -> None:
    for parts in reversed(made):
        with contextlib.suppress(OSError), folder(top, parts=parts[:-1]) as above:
            os.rmdir(parts[-1], dir_fd=above)


def _sweep(top: int, parts: tuple[str, ...]) -> None:
    """Removes what killed writers left in a folder; a living one holds its file's lock."""
    with contextlib.suppress(OSError), folder(top, parts=parts) as above:
        with os.scandir(above) as entries:
            names = [entry.name for entry in entries]
        for name in filter(_TEMPORARY.fullmatch, names):
            _sweep_one(name, folder=above)


def _sweep_one(name: str, *, folder: int) -> None:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with contextlib.suppress(OSError), opened(os.open(name, flags, dir_fd=folder)) as file:
        if stat.S_ISREG(os.fstat(file).st_mode):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(name, dir_fd=folder)


def _discard(name: str, *, folder: int) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name, dir_fd=folder)


def _fill(file: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]


def _liken(file: int, like: os.stat_result) -> None:
    """Gives the file the owner and mode of another one."""
    mode = stat.S_IMODE(like.st_mode)
    try:
        os.fchown(file, like.st_uid, like.st_gid)
    except OSError:
        mode &= 0o777  # the set-id bits belong to the owner that could not be kept
    os.fchmod(file, mode)


def _copy_attributes(file: int, name: str, *, folder: int) -> None:
    """Copies extended attributes, such as access lists, where the system has and allows them."""
    if sys.platform != "linux":
        return
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with contextlib.suppress(OSError), opened(os.open(name, flags, dir_fd=folder)) as source:
        for attribute in os.listxattr(source):
            with contextlib.suppress(OSError):
                os.setxattr(file, attribute, os.getxattr(source, attribute))
