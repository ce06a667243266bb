"""Mirrors on disk: copies of a repository's sources that analyzers may see.

A slot is one copy that one caller holds at a time. Taking a slot makes it hold exactly the texts
that are asked for by writing only what differs, so a candidate costs as many writes as it changes
files, and nothing has to be put back: the next caller says what it wants. A slot whose writing
failed is thrown away.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import threading
import weakref
from collections.abc import Generator, Mapping
from pathlib import Path, PurePosixPath

from playground.analyzers.mirror.environment import installed_packages
from playground.analyzers.mirror.scratch import ScratchFolder
from playground.domain.errors import StorageUnavailable
from playground.domain.ports import Mirror

ENVIRONMENT = "venv"
"""Name of the generated environment folder beside a mirror's tree, see `Mirror.config`."""

_SOURCES = (".py", ".pyi")
_FREE_MAX = 4


class Mirrors:
    """Hands out mirrors; safe to share between threads.

    Args:
        scratch: parent of this process's own scratch folder.

    Raises:
        StorageUnavailable: the scratch folder cannot be made.
    """

    def __init__(self, scratch: Path) -> None:
        self._folder = ScratchFolder(scratch)
        self._finalizer = weakref.finalize(self, self._folder.close)
        self._lock = threading.Lock()
        self._free: list[_Slot] = []
        self._made = 0
        self._packages: dict[Path, tuple[Path, ...]] = {}

    @contextlib.contextmanager
    def hold(
        self, root: Path, *, texts: Mapping[str, str], settings: Mapping[str, object]
    ) -> Generator[Mirror]:
        """Yields a mirror that holds exactly these texts, for this caller alone.

        Args:
            root: the repository, whose installed packages are made importable.
            texts: by POSIX path relative to the root.
            settings: what the mirror carries for analyzers.

        Raises:
            StorageUnavailable: the scratch folder is full or cannot be written.
        """
        slot = self._take(root)
        try:
            mirror = slot.holding(texts, settings)
        except OSError as error:
            slot.destroy()
            raise StorageUnavailable(
                f"The mirror cannot be written ({error.strerror}); free space in the cache folder."
            ) from error
        try:
            yield mirror
        finally:
            self._give_back(slot)

    def close(self) -> None:
        """Removes all mirrors; may be called twice."""
        self._finalizer()

    def _take(self, root: Path) -> _Slot:
        with self._lock:
            for slot in reversed(self._free):
                if slot.root == root:
                    self._free.remove(slot)
                    return slot
            self._made += 1
            number = self._made
            if root not in self._packages:
                self._packages[root] = installed_packages(root)
            packages = self._packages[root]
        return _Slot(self._folder.path / str(number), root, packages)

    def _give_back(self, slot: _Slot) -> None:
        with self._lock:
            self._free.append(slot)
            surplus = self._free[:-_FREE_MAX]
            del self._free[:-_FREE_MAX]
        for old in surplus:
            old.destroy()


class _Slot:
    """One copy on disk."""

    def __init__(self, folder: Path, root: Path, packages: tuple[Path, ...]) -> None:
        self.root = root
        self._folder = folder
        self._packages = packages
        self._contents: dict[str, str] = {}

    def holding(self, texts: Mapping[str, str], settings: Mapping[str, object]) -> Mirror:
        """Writes what differs and returns the mirror."""
        tree, config = self._folder / "tree", self._folder / "config"
        if not tree.exists():
            tree.mkdir(mode=0o700, parents=True)
            config.mkdir(mode=0o700)
            _link_packages(self._folder / ENVIRONMENT, self._packages)
        for path in [p for p in self._contents if p not in texts]:
            del self._contents[path]
            _remove(tree, path)
        for path, text in texts.items():
            if self._contents.get(path) != text:
                self._contents.pop(path, None)
                _write(tree / path, text)
                self._contents[path] = text
        sources = tuple(sorted(p for p in texts if p.endswith(_SOURCES)))
        return Mirror(tree, sources, config, settings)

    def destroy(self) -> None:
        """Removes the copy."""
        self._contents.clear()
        shutil.rmtree(self._folder, ignore_errors=True)


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.write_bytes(text.encode())


def _remove(tree: Path, path: str) -> None:
    (tree / path).unlink()
    for parent in PurePosixPath(path).parents:
        folder = tree / parent
        if folder == tree or any(folder.iterdir()):
            return
        folder.rmdir()


def _link_packages(environment: Path, packages: tuple[Path, ...]) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = environment / "lib" / version / "site-packages"
    site.mkdir(mode=0o700, parents=True)
    for package in packages:
        (site / package.name).symlink_to(package)


def write_config(mirror: Mirror, *, name: str, content: Mapping[str, object]) -> Path:
    """Writes generated analyzer configuration as JSON beside the mirror and returns its path.

    Raises:
        StorageUnavailable: it cannot be written.
    """
    target = mirror.config / name
    try:
        target.write_text(json.dumps(content), encoding="utf-8")
    except OSError as error:
        raise StorageUnavailable(
            f"Analyzer configuration cannot be written ({error.strerror}); free space in the cache."
        ) from error
    return target
