"""The door through which a report is written to where the person said, and nowhere else."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from playground.domain.errors import BadInput, StorageUnavailable
from playground.security.reading import read_text
from playground.security.whole_files import write_whole

_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
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
    if _is_taken(path):
        old = read_text(path.parent, path=path.name, bytes_max=_BYTES_MAX)
        if old is None or not may_replace(old):
            raise _holds_something_else(path)
    _write(path, text.encode())


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
    if _is_taken(path):
        try:
            with os.fdopen(os.open(path, _OLD), "rb") as old:
                known = old.read(len(begins)) == begins
        except OSError as error:
            raise _holds_something_else(path) from error
        if not known:
            raise _holds_something_else(path)
    _write(path, data)


def _is_taken(path: Path) -> bool:
    """Whether a regular file lies at the path.

    Raises:
        BadInput: the path cannot be one, or something else lies there.
        StorageUnavailable: nobody can tell.
    """
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return False
    except ValueError as error:
        raise BadInput(f"{str(path)!r} is no path; choose another name.") from error
    except OSError as error:
        raise _trouble(path, error) from error
    if not stat.S_ISREG(mode):
        raise _holds_something_else(path)
    return True


def _write(path: Path, data: bytes) -> None:
    if not path.parent.is_dir():
        raise BadInput(f"The folder {path.parent} does not exist; make it first.")
    try:
        write_whole(path, data=data)
    except OSError as error:
        raise _trouble(path, error) from error


def _holds_something_else(path: Path) -> BadInput:
    return BadInput(f"{path} holds something else; choose another place.")


def _trouble(path: Path, error: OSError) -> StorageUnavailable:
    return StorageUnavailable(f"{path} cannot be written ({error.strerror}); choose another place.")
