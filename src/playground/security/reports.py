"""The door through which a report is written to where the person said, and nowhere else."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from playground.domain.errors import BadInput, StorageUnavailable
from playground.security.reading import read_text

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_BYTES_MAX = 64 << 20


def write_report(path: Path, *, text: str, may_replace: Callable[[str], bool]) -> None:
    """Writes a whole file at once, so that nobody ever sees half of it.

    Args:
        path: absolute path that the person gave for this very purpose; its folder exists.
        text: what to write.
        may_replace: whether a file with this text may be replaced, so that a slip of the finger
            costs nobody a file.

    Raises:
        BadInput: the folder is missing, or there is something else at the path.
        StorageUnavailable: it cannot be written.
    """
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        mode = None
    except ValueError as error:
        raise BadInput(f"{str(path)!r} is no path; choose another name.") from error
    except OSError as error:
        raise _trouble(path, error) from error
    if mode is not None:
        old = read_text(path.parent, path=path.name, bytes_max=_BYTES_MAX)
        if not stat.S_ISREG(mode) or not may_replace(old or ""):
            raise BadInput(f"{path} holds something else; choose another name for the report.")
    if not path.parent.is_dir():
        raise BadInput(f"The folder {path.parent} does not exist; make it first.")
    try:
        _put(path, text.encode())
    except OSError as error:
        raise _trouble(path, error) from error


def write_data(path: Path, *, data: bytes, begins: bytes) -> None:
    """Writes a whole file of bytes at once, over an older one of the same kind or where none is.

    Args:
        path: as for `write_report`.
        data: what to write.
        begins: how a file begins that may be replaced.

    Raises:
        BadInput: the folder is missing, or there is something else at the path.
        StorageUnavailable: it cannot be written.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        handle = None
    except OSError as error:
        raise BadInput(f"{path} holds something else; choose another place.") from error
    if handle is not None:
        with os.fdopen(handle, "rb") as old:
            regular = stat.S_ISREG(os.fstat(handle).st_mode)
            if not regular or old.read(len(begins)) != begins:
                raise BadInput(f"{path} holds something else; choose another place.")
    if not path.parent.is_dir():
        raise BadInput(f"The folder {path.parent} does not exist; make it first.")
    try:
        _put(path, data)
    except OSError as error:
        raise _trouble(path, error) from error


def _put(path: Path, content: bytes) -> None:
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    draft = f".{path.name[:100]}.{secrets.token_hex(6)}"
    try:
        file = os.open(draft, _NEW, 0o666, dir_fd=folder)
        try:
            with os.fdopen(file, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(draft, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(draft, dir_fd=folder)
            raise
        os.fsync(folder)
    finally:
        os.close(folder)


def _trouble(path: Path, error: OSError) -> StorageUnavailable:
    return StorageUnavailable(f"{path} cannot be written ({error.strerror}); choose another place.")
