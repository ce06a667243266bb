"""Reading below a root without ever following a link.

Every folder on the way is opened by descriptor from the one above it, so that a link that appears
while a path is walked is found and not followed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playground.domain.errors import BadInput

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_LINK_ERRORS = frozenset({errno.ELOOP, errno.ENOTDIR, errno.EMLINK})
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was found.

    Attributes:
        text: its text, None when it is missing.
        status: what the system says about it, None when it is missing.
    """

    text: str | None
    status: os.stat_result | None


def parts_of(path: str) -> tuple[str, ...]:
    """Returns the names that a path relative to a root is made of.

    Raises:
        BadInput: it is absolute, leads upwards or is not in its shortest form.
    """
    parts = tuple(path.split("/"))
    if "\0" in path or any(part in {"", ".", ".."} for part in parts):
        raise BadInput(f"{path!r} is not a plain path below the root; write it without '..'.")
    return parts


@contextlib.contextmanager
def opened(descriptor: int) -> Generator[int]:
    """Closes the descriptor at the end."""
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_root(root: Path) -> int:
    """Returns a descriptor of the root; the root itself may be reached through links.

    Raises:
        OSError: it is missing, no folder, or cannot be opened.
    """
    return os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def open_root_itself(root: Path) -> int:
    """Returns a descriptor of the root, none of whose folders may be a link.

    A root is resolved when a task is opened, so a link on the way to it was put there since.

    Args:
        root: absolute and resolved.

    Raises:
        OSError: it is missing, no folder, leads through a link, or cannot be opened.
    """
    through = getattr(os, "O_PATH", os.O_RDONLY) | _FOLDER
    with contextlib.ExitStack() as stack:
        above = stack.enter_context(opened(os.open(root.anchor, through)))
        for name in root.parts[1:-1]:
            above = stack.enter_context(opened(os.open(name, through, dir_fd=above)))
        return os.open(root.name or ".", _FOLDER, dir_fd=above)


def open_folder(name: str, *, above: int) -> int:
    """Returns a descriptor of a folder inside another one.

    Raises:
        OSError: it is missing, a link, no folder, or cannot be opened.
    """
    return os.open(name, _FOLDER, dir_fd=above)


@contextlib.contextmanager
def folder(top: int, *, parts: Sequence[str]) -> Generator[int]:
    """Yields a descriptor of the folder below `top` that the names lead to.

    Raises:
        OSError: a folder is missing, a link, no folder, or cannot be opened.
    """
    with contextlib.ExitStack() as stack:
        current = top
        for name in parts:
            current = stack.enter_context(opened(open_folder(name, above=current)))
        yield current


def look(top: int, *, parts: Sequence[str], file_bytes_max: int) -> Seen:
    """Returns the file below `top` as it is.

    Raises:
        BadInput: it is a link, no regular file, too large or no UTF-8 text.
        OSError: it cannot be read.
    """
    path = "/".join(parts)
    try:
        with folder(top, parts=parts[:-1]) as above:
            file = os.open(parts[-1], _FILE, dir_fd=above)
    except FileNotFoundError:
        return Seen(None, None)
    except OSError as error:
        if error.errno in _LINK_ERRORS:
            raise BadInput(f"{path} leads through a link or a file; name it directly.") from error
        raise
    with opened(file):
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise BadInput(f"{path} is not a regular file; choose another one.")
        content = _content(file, file_bytes_max + 1)
    if len(content) > file_bytes_max:
        raise BadInput(f"{path} is larger than {file_bytes_max} bytes; choose another file.")
    try:
        return Seen(content.decode("utf-8"), status)
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text; choose another file.") from error


def _content(file: int, bytes_max: int) -> bytes:
    """Returns the file's bytes, at most `bytes_max` of them."""
    content = bytearray()
    while len(content) < bytes_max:
        chunk = os.read(file, min(_CHUNK_BYTES, bytes_max - len(content)))
        if not chunk:
            break
        content += chunk
    return bytes(content)
