"""Mirrors on disk: copies of a repository's sources that analyzers may see.

A slot holds the files of one state of one repository. Callers that want the same state share a
slot, and what they judge lies in overlays, so nothing is written for a candidate. A slot that
nobody holds is brought to another state by writing only what differs. Files are replaced and never
written into, so that another copy may share them by hard links. A slot whose writing failed is
thrown away.
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
from playground.analyzers.mirror.written import put_file
from playground.domain.errors import StorageUnavailable
from playground.domain.ports import Mirror
from playground.security.reading import SOURCES

ENVIRONMENT = "venv"
"""Name of the generated environment folder beside a mirror's tree, see `Mirror.config`."""

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
        self._slots: list[_Slot] = []
        self._made = 0
        self._packages: dict[Path, tuple[Path, ...]] = {}

    @property
    def folder(self) -> Path:
        """This process's own scratch folder, removed by `close`."""
        return self._folder.path

    @contextlib.contextmanager
    def hold(
        self, root: Path, *, texts: Mapping[str, str], settings: Mapping[str, object]
    ) -> Generator[Mirror]:
        """Yields a mirror whose files are exactly these texts; callers that ask alike share one.

        Args:
            root: the repository, whose installed packages are made importable.
            texts: by POSIX path relative to the root.
            settings: what the mirror carries for analyzers.

        Raises:
            StorageUnavailable: the scratch folder is full or cannot be written.
        """
        slot = self._take(root, texts)
        try:
            yield slot.mirror(settings)
        finally:
            self._give_back(slot)

    def close(self) -> None:
        """Removes all mirrors; may be called twice."""
        self._finalizer()

    def _take(self, root: Path, texts: Mapping[str, str]) -> _Slot:
        with self._lock:
            own = [slot for slot in self._slots if slot.root == root]
            slot = next((s for s in own if s.holds(texts)), None)
            if slot is None:
                free = [s for s in own if not s.users]
                slot = free[-1] if free else self._new(root)
                self._write(slot, texts)
            slot.users += 1
            return slot

    def _new(self, root: Path) -> _Slot:
        self._made += 1
        if root not in self._packages:
            self._packages[root] = installed_packages(root)
        slot = _Slot(self._folder.path / str(self._made), root, self._packages[root])
        self._slots.append(slot)
        return slot

    def _write(self, slot: _Slot, texts: Mapping[str, str]) -> None:
        try:
            slot.become(texts)
        except OSError as error:
            self._slots.remove(slot)
            slot.destroy()
            raise StorageUnavailable(
                f"The mirror cannot be written ({error.strerror}); free space in the cache folder."
            ) from error

    def _give_back(self, slot: _Slot) -> None:
        with self._lock:
            slot.users -= 1
            # The newest use is at the end, so that the others are thrown away first.
            self._slots.remove(slot)
            self._slots.append(slot)
            free = [s for s in self._slots if not s.users]
            surplus = free[:-_FREE_MAX]
            self._slots = [s for s in self._slots if s not in surplus]
        for old in surplus:
            old.destroy()


class _Slot:
    """One copy on disk; `users` counts who holds it."""

    def __init__(self, folder: Path, root: Path, packages: tuple[Path, ...]) -> None:
        self.root = root
        self.users = 0
        self._folder = folder
        self._packages = packages
        self._contents: dict[str, str] = {}
        self._state = 0

    def holds(self, texts: Mapping[str, str]) -> bool:
        """Whether exactly these texts lie on disk."""
        return self._state > 0 and self._contents == texts

    def become(self, texts: Mapping[str, str]) -> None:
        """Writes what differs.

        Raises:
            OSError: it cannot be written.
        """
        tree, config = self._folder / "tree", self._folder / "config"
        self._state += 1
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
                put_file(tree / path, text=text)
                self._contents[path] = text

    def mirror(self, settings: Mapping[str, object]) -> Mirror:
        """Returns what lies on disk, without an overlay."""
        return Mirror(
            root=self._folder / "tree",
            paths=tuple(sorted(p for p in self._contents if p.endswith(SOURCES))),
            config=self._folder / "config",
            settings=settings,
            state=str(self._state),
            repository=str(self.root),
        )

    def destroy(self) -> None:
        """Removes the copy, which is gone at once for whoever still reads it."""
        self._contents.clear()
        gone = self._folder.with_name(f"{self._folder.name}-gone")
        with contextlib.suppress(OSError):
            self._folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
        shutil.rmtree(self._folder, ignore_errors=True)


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


def reads_of(mirror: Mirror) -> tuple[Path, ...]:
    """Returns the folders that an analyzer must be able to read to analyse the mirror's files.

    They are the copy, our configuration beside it, and the repository's installed packages, which
    the generated environment links to.
    """
    environment = mirror.config.parent / ENVIRONMENT
    sites = {link.readlink().parent for link in environment.glob("lib/*/site-packages/*")}
    return (mirror.root, mirror.config, environment, *sorted(sites))


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
