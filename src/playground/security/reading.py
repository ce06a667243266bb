"""Reading a whole tree safely: regular text files of some kinds, without following a link.

Nothing is opened that could block or act (FIFOs, devices, sockets), no folder is entered through a
link, and what cannot be read is named with the reason. A file with several hard links is left out:
one of its other names may lie outside of the tree, and the door that writes refuses it anyway.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath

from playground.domain.changes import SourceFile
from playground.domain.errors import BadInput
from playground.security import tree

SKIPPED_FOLDERS = frozenset(
    {"venv", "node_modules", "__pycache__", "build", "dist", "site-packages"}
)
"""Folders of installed or generated files; hidden folders are left out as well."""

PYTHON = (".py", ".pyi")
"""Endings of Python sources."""

JAVASCRIPT = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
"""Endings of JavaScript and TypeScript sources, declarations among them."""

SOURCES = (*PYTHON, *JAVASCRIPT)
"""Endings of the files that are analysed."""

NOT_UTF8 = "is not UTF-8 text"
"""Why a file whose bytes are no text is left out."""

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_DEPTH_MAX = 40
_PATH_BYTES_MAX = 1_500
_NAME_BYTES_MAX = 255
_FOR_ALL_FILES = frozenset({"__builtins__.pyi"})
_LOOKED_INTO_MAX = 200
_WILDCARDS = frozenset("*?{}\\\"'")
_BRACKETS = frozenset("[]")


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """What to read.

    Attributes:
        suffixes: file name endings, such as ".py".
        names: whole file names that are read besides.
        skipped_folders: names of folders that are not entered; hidden ones never are.
        file_bytes_max: larger files are left out.
        files_max: further files are left out.
        total_bytes_max: files beyond this sum are left out.
    """

    suffixes: frozenset[str] = frozenset(SOURCES)
    names: frozenset[str] = frozenset()
    skipped_folders: frozenset[str] = SKIPPED_FOLDERS
    file_bytes_max: int = 1_000_000
    files_max: int = 20_000
    total_bytes_max: int = 256_000_000


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the system says about a file; equal stamps mean that it need not be read again."""

    inode: int
    bytes: int
    modified_ns: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class TreeReading:
    """A tree as it was read.

    Attributes:
        files: by path, in the order of paths.
        skipped: pairs of a path and the reason why it was not read, in the order of paths.
        stamps: of the files that were read.
    """

    files: Mapping[str, SourceFile] = field(default_factory=dict[str, SourceFile])
    skipped: tuple[tuple[str, str], ...] = ()
    stamps: Mapping[str, Stamp] = field(default_factory=dict[str, Stamp])


def read_tree(root: Path, *, rules: ReadingRules, known: TreeReading | None = None) -> TreeReading:
    """Reads every file below `root` that the rules name.

    Args:
        root: an existing folder; it may itself be reached through links.
        rules: what to read.
        known: an earlier reading of the same tree, whose unchanged files are taken over.

    Raises:
        BadInput: the root is no folder or cannot be read.
    """
    try:
        top = tree.open_root(root)
    except OSError as error:
        raise BadInput(f"{root} cannot be read ({error.strerror}); give a folder.") from error
    reader = _Reader(rules, known or TreeReading())
    with tree.opened(top):
        reader.folder(top, "", depth=0)
    return TreeReading(
        dict(sorted(reader.files.items())), tuple(sorted(reader.skipped)), reader.stamps
    )


def read_text(root: Path, *, path: str, bytes_max: int = 1_000_000) -> str | None:
    """Returns a regular UTF-8 file below the root, or None when there is no such file.

    Raises:
        BadInput: it is a link, no regular file, too large, not UTF-8, or cannot be read.
    """
    try:
        with tree.opened(tree.open_root(root)) as top:
            return tree.look(top, parts=tree.parts_of(path), file_bytes_max=bytes_max).text
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}).") from error


def name_problem(path: str) -> str:
    """Says why a source of this name is left out wherever it lies, or "" when it is read.

    Args:
        path: POSIX path relative to the root.
    """
    parts = path.split("/")
    if any(len(os.fsencode(part)) > _NAME_BYTES_MAX for part in parts):
        return "has too long a name"
    if len(parts) > _DEPTH_MAX + 1 or len(os.fsencode(path)) > _PATH_BYTES_MAX:
        return "has too long a path"
    return next((reason for part in parts if (reason := _bad_name(part))), _bad_pattern(path))


class _Skip(Exception):
    """A file that is left out, with the reason."""


class _Reader:
    """Collects one reading."""

    def __init__(self, rules: ReadingRules, known: TreeReading) -> None:
        self._rules = rules
        self._known = known
        self._total = 0
        self.files: dict[str, SourceFile] = {}
        self.stamps: dict[str, Stamp] = {}
        self.skipped: list[tuple[str, str]] = []

    def folder(self, descriptor: int, prefix: str, *, depth: int) -> None:
        """Reads a folder and those below it."""
        for entry in _entries(descriptor):
            path = prefix + entry.name
            reason = _bad_name(entry.name) or _bad_pattern(path)
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith("."):
                    self._enter(entry.name, f"{path}/", above=descriptor, depth=depth)
            elif not self._wanted(entry):
                continue
            elif reason:
                self.skipped.append((_printable(path), reason))
            else:
                self._file(entry.name, path, descriptor)

    def _wanted(self, entry: os.DirEntry[str]) -> bool:
        suffix = PurePosixPath(entry.name).suffix
        if suffix in self._rules.suffixes or entry.name in self._rules.names:
            return True
        # A link without an ending may stand for a folder full of sources: it is worth a word.
        return entry.is_symlink() and not suffix and not self._is_skipped(entry.name)

    def _is_skipped(self, name: str) -> bool:
        return name.startswith(".") or name in self._rules.skipped_folders

    def _enter(self, name: str, prefix: str, *, above: int, depth: int) -> None:
        reason = _bad_name(name) or ("is too deep" if depth >= _DEPTH_MAX else "")
        if reason or len(os.fsencode(prefix)) > _PATH_BYTES_MAX:
            self.skipped.append((_printable(prefix), reason or "has too long a path"))
            return
        try:
            with tree.opened(tree.open_folder(name, above=above)) as descriptor:
                reason = self._why_left_out(name, descriptor)
                if not reason:
                    self.folder(descriptor, prefix, depth=depth + 1)
                elif self._holds_wanted(descriptor):
                    # Not in silence: sources may have been put there to be overlooked.
                    self.skipped.append((prefix, reason))
        except OSError as error:
            self.skipped.append((prefix, f"cannot be read ({error.strerror})"))

    def _why_left_out(self, name: str, descriptor: int) -> str:
        """Says why a folder is left out as a whole, "" when it is read."""
        if name in self._rules.skipped_folders:
            return "is left out as a folder of installed or built files"
        try:
            os.lstat("pyvenv.cfg", dir_fd=descriptor)
        except OSError:
            return ""
        return "is left out as a virtual environment, because it holds pyvenv.cfg"

    def _holds_wanted(self, descriptor: int) -> bool:
        """Whether a folder, or one directly in it, holds something that the rules name."""
        for entry in islice(_entries(descriptor), _LOOKED_INTO_MAX):
            if not entry.is_dir(follow_symlinks=False):
                if self._wanted(entry):
                    return True
                continue
            with (
                suppress(OSError),
                tree.opened(tree.open_folder(entry.name, above=descriptor)) as d,
            ):
                if any(self._wanted(e) for e in islice(_entries(d), _LOOKED_INTO_MAX)):
                    return True
        return False

    def _file(self, name: str, path: str, above: int) -> None:
        try:
            self._read(name, path, above)
        except _Skip as skip:
            self.skipped.append((path, str(skip)))
        except OSError as error:
            self.skipped.append((path, f"cannot be read ({error.strerror})"))

    def _read(self, name: str, path: str, above: int) -> None:
        status = os.lstat(name, dir_fd=above)
        if stat.S_ISLNK(status.st_mode):
            raise _Skip("is a link")
        with tree.opened(os.open(name, _FILE, dir_fd=above)) as descriptor:
            stamp = self._checked(os.fstat(descriptor))
            known = self._known.files.get(path)
            if known is not None and self._known.stamps.get(path) == stamp:
                self.files[path] = known
            else:
                self.files[path] = SourceFile(path, self._text(descriptor))
        self._total += stamp.bytes
        self.stamps[path] = stamp

    def _checked(self, status: os.stat_result) -> Stamp:
        if not stat.S_ISREG(status.st_mode):
            raise _Skip("is not a regular file")
        if status.st_nlink != 1:
            raise _Skip("has several hard links")
        if status.st_size > self._rules.file_bytes_max:
            raise _Skip(f"is larger than {self._rules.file_bytes_max} bytes")
        if len(self.files) >= self._rules.files_max:
            raise _Skip(f"is one more than {self._rules.files_max} files")
        if self._total + status.st_size > self._rules.total_bytes_max:
            raise _Skip(f"is beyond {self._rules.total_bytes_max} bytes in total")
        return Stamp(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    def _text(self, descriptor: int) -> str:
        limit = self._rules.file_bytes_max
        with os.fdopen(os.dup(descriptor), "rb") as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise _Skip(f"is larger than {limit} bytes")
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _Skip(NOT_UTF8) from error


def _entries(descriptor: int) -> Iterator[os.DirEntry[str]]:
    with os.scandir(descriptor) as entries:
        yield from sorted(entries, key=lambda entry: entry.name)


def _bad_name(name: str) -> str:
    if any(unicodedata.category(char) in {"Cc", "Cs", "Cf", "Zl", "Zp"} for char in name):
        return "has a name with invisible characters"
    if _WILDCARDS & set(name):
        return "has a name with wildcards or quotes"
    if name in _FOR_ALL_FILES:
        return "would declare names for all other files"
    return ""


def _bad_pattern(path: str) -> str:
    """Why a path cannot be given to a tool that takes patterns.

    Brackets are usual in the paths of web pages, and no tool that reads these takes patterns.
    """
    is_python = path.endswith(PYTHON) and not _BRACKETS.isdisjoint(path)
    return "has a name with wildcards or quotes" if is_python else ""


def _printable(path: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in path)
