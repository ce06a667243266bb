"""Trees: what files a commit holds."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from playground.domain.errors import Unavailable
from playground.security.git_objects.digests import ObjectFormat, damaged, name_of
from playground.security.git_objects.files import GitFolder
from playground.security.git_objects.repository import repository_of
from playground.security.git_objects.revisions import commit_of, tree_of
from playground.security.git_objects.store import ObjectStore

_ENTRIES_MAX = 500_000
_FILES_MAX = 50_000
_TREES_KEPT_MAX = 1_000
_DEPTH_MAX = 40
_FOLDER, _REGULAR = b"40000", frozenset({b"100644", b"100755", b"100664"})


_Entry = tuple[bytes, str, str]
"""An entry's mode, its name and the name of its object."""


@dataclass(frozen=True, slots=True)
class GitTree:
    """The regular files that a commit holds below a folder.

    Attributes:
        commit: the commit's name.
        blobs: the names of the files' contents, by path relative to the folder.
    """

    commit: str
    blobs: dict[str, str]
    _store: ObjectStore
    _form: ObjectFormat

    def text(self, path: str) -> str | None:
        """Returns a file's text, None when it is no UTF-8.

        Raises:
            Unavailable: the object is missing, damaged or too large.
        """
        data = self._store.read(self.blobs[path], kind="blob").data
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return None

    def holds(self, path: str, *, text: str) -> bool:
        """Whether a file has just this text, found out without reading the object."""
        return name_of("blob", text.encode(), form=self._form) == self.blobs.get(path)


@contextlib.contextmanager
def tree_at(root: Path, *, revision: str, wanted: Callable[[str], bool]) -> Generator[GitTree]:
    """Yields the tree of a revision, as it lies below a folder of the work tree.

    Args:
        root: the folder; paths are relative to it.
        revision: what the person typed.
        wanted: takes a path, which ends in "/" for folders, and says whether to look at it.

    Raises:
        BadInput: there is no repository or no such revision.
        Unavailable: objects are missing, damaged or larger than can be believed.
    """
    repository = repository_of(root)
    objects = GitFolder(repository.shared.path / "objects")
    with ObjectStore(objects, form=repository.form) as store:
        commit = commit_of(revision, repository=repository, store=store)
        walk = _Walk(store, wanted, repository.form.digest_bytes)
        top = walk.folder_at(tree_of(commit, store=store), prefix=repository.prefix)
        blobs = dict(sorted(walk.files(top))) if top else {}
        yield GitTree(commit, blobs, store, repository.form)


class _Walk:
    """Walks through trees, each entry at most once and a bounded number of them."""

    def __init__(self, store: ObjectStore, wanted: Callable[[str], bool], width: int) -> None:
        self._store = store
        self._wanted = wanted
        self._width = width
        self._seen = 0
        self._kept: dict[str, list[_Entry]] = {}

    def folder_at(self, tree: str, *, prefix: str) -> str:
        """Returns the tree that lies at a path below another one, "" when there is none."""
        for part in prefix.split("/") if prefix else ():
            entries = {name: (mode, found) for mode, name, found in self._entries(tree)}
            mode, tree = entries.get(part, (b"", ""))
            if mode != _FOLDER:
                return ""
        return tree

    def files(self, tree: str) -> Iterator[tuple[str, str]]:
        """Yields paths and names of contents of the regular files that are wanted."""
        waiting, count = [(tree, "", 0)], 0
        while waiting:
            folder, prefix, depth = waiting.pop()
            for mode, name, found in self._entries(folder):
                path = prefix + name
                if mode == _FOLDER:
                    if depth < _DEPTH_MAX and self._wanted(f"{path}/"):
                        waiting.append((found, f"{path}/", depth + 1))
                elif mode in _REGULAR and self._wanted(path):
                    count += 1
                    if count > _FILES_MAX:
                        raise _too_many()
                    yield path, found

    def _entries(self, tree: str) -> list[_Entry]:
        found = self._kept.get(tree)
        if found is None:
            found = self._kept[tree] = list(self._read(tree))
            if len(self._kept) > _TREES_KEPT_MAX:
                del self._kept[next(iter(self._kept))]
        self._seen += len(found)
        if self._seen > _ENTRIES_MAX:
            raise _too_many()
        return found

    def _read(self, tree: str) -> Iterator[_Entry]:
        data = self._store.read(tree, kind="tree").data
        place = 0
        while place < len(data):
            end = data.find(b"\0", place)
            mode, blank, name = data[place:end].partition(b" ")
            place = end + 1 + self._width
            if end < 0 or not blank or place > len(data) or _is_odd(name):
                raise damaged(f"The git tree {tree}")
            with contextlib.suppress(UnicodeDecodeError):
                yield mode, name.decode("utf-8"), data[end + 1 : place].hex()


def _too_many() -> Unavailable:
    return Unavailable(
        "The revision holds more files than can be believed; compare with a baseline file instead."
    )


def _is_odd(name: bytes) -> bool:
    return b"/" in name or name in {b"", b".", b".."} or name.lower() == b".git"
