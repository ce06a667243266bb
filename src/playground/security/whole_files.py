"""Writing a file so that everybody sees either the old one or all of the new one."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_NAME_CHARS_MAX = 100


def write_whole(path: Path, *, data: bytes, mode: int = 0o666, draft: str = "") -> None:
    """Writes a file beside its place and renames it; on return it survives a power cut.

    Args:
        path: its place, in a folder that exists.
        data: all of it.
        mode: of the file, from which the umask takes.
        draft: its name while it is written, where only one process writes at a time, so that what
            a killed one left is written over; by default a name that nobody else has.

    Raises:
        OSError: it cannot be written; nothing of it is left.
    """
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    name = draft or f".{path.name[:_NAME_CHARS_MAX]}.{secrets.token_hex(6)}"
    new = os.O_TRUNC if draft else os.O_EXCL
    try:
        file = os.open(name, _FLAGS | new, mode, dir_fd=folder)
        try:
            with os.fdopen(file, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(name, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=folder)
            raise
        os.fsync(folder)
    finally:
        os.close(folder)


def put_in_place(partial: Path, *, target: Path) -> None:
    """Renames a finished file and makes the new name survive a power cut.

    Raises:
        OSError: it cannot be renamed.
    """
    partial.replace(target)
    sync(target.parent)


def sync(folder: Path) -> None:
    """Makes names in a folder survive a power cut.

    Raises:
        OSError: the folder cannot be opened.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
