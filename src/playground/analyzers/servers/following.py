"""A folder of a server's own that follows a mirror: same files, plus what an overlay needs on disk.

A language server takes new texts of existing files over its pipe. Files that an overlay creates or
removes have to be so on disk as well, for imports are looked up there. The mirror itself is shared
and stays as it is, so a server has a copy of it, made of hard links.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path, PurePosixPath

from playground.analyzers.mirror.written import entries, put_file, share_file
from playground.domain.ports import Mirror


class Event(IntEnum):
    """What became of a file, in the numbers of the language server protocol."""

    CREATED = 1
    CHANGED = 2
    DELETED = 3


@dataclass
class FollowingTree:
    """A copy of a mirror's files.

    Attributes:
        root: the folder; made when it is missing.
        laid: by path, what the last overlay put on disk; None where it removed a file.
    """

    root: Path
    laid: dict[str, str | None] = field(default_factory=dict[str, str | None])
    _followed: tuple[Path, str] | None = None

    def is_at(self, mirror: Mirror) -> bool:
        """Whether it holds the files of this mirror, overlays aside."""
        return mirror.state != "" and self._followed == (mirror.root, mirror.state)

    def follow(self, mirror: Mirror) -> dict[str, Event]:
        """Takes over the mirror's files and returns what changed; overlays are undone.

        Raises:
            OSError: it cannot be written.
        """
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        events: dict[str, Event] = {}
        wanted = {path for path, is_folder in entries(mirror.root) if not is_folder}
        here = {path for path, is_folder in entries(self.root) if not is_folder}
        for path in sorted(here - wanted):
            self._remove(path)
            events[path] = Event.DELETED
        for path in sorted(wanted):
            source, target = mirror.root / path, self.root / path
            if path not in here:
                events[path] = Event.CREATED
            elif not _same(source, target):
                events[path] = Event.CHANGED
            else:
                continue
            self._share(mirror, path)
        self.laid.clear()
        self._followed = (mirror.root, mirror.state)
        return events

    def lay(self, mirror: Mirror) -> dict[str, Event]:
        """Creates and removes what the mirror's overlay does, undoes the last one, returns changes.

        The tree must be at the mirror.

        Raises:
            OSError: it cannot be written.
        """
        wanted = dict(_on_disk(mirror))
        events: dict[str, Event] = {}
        for path in [p for p in self.laid if p not in wanted]:
            if self.laid.pop(path) is None:
                self._share(mirror, path)
                events[path] = Event.CREATED
            else:
                self._remove(path)
                events[path] = Event.DELETED
        for path, text in wanted.items():
            if path in self.laid and self.laid[path] == text:
                continue
            known = path in self.laid
            self.laid[path] = text
            if text is None:
                self._remove(path)
                events[path] = Event.DELETED
            else:
                put_file(self.root / path, text=text)
                events[path] = Event.CHANGED if known else Event.CREATED
        return events

    def _share(self, mirror: Mirror, path: str) -> None:
        target = self.root / path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        share_file(mirror.root / path, target=target)

    def _remove(self, path: str) -> None:
        (self.root / path).unlink(missing_ok=True)
        for parent in PurePosixPath(path).parents:
            folder = self.root / parent
            if folder == self.root or any(folder.iterdir()):
                return
            folder.rmdir()


def _on_disk(mirror: Mirror) -> Iterator[tuple[str, str | None]]:
    """Yields the part of the overlay that adds a file or takes one away."""
    overlay: Mapping[str, str | None] = mirror.overlay
    for path, text in overlay.items():
        exists = (mirror.root / path).exists()
        if exists == (text is None):
            yield path, text


def _same(one: Path, other: Path) -> bool:
    return one.samefile(other) or one.read_bytes() == other.read_bytes()
