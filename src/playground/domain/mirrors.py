"""Mirrors: what analyzers see of a tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mirror:
    """Our own copy of a tree, the only thing that analyzers ever see.

    What is analysed is the copy on disk with the overlay on top of it: the copy of one state of a
    repository is written once and shared, and a candidate is nothing but an overlay.

    Attributes:
        root: absolute folder; files below it are regular, of allowed kinds, without any
            configuration of the repository. Nobody writes there while the mirror is held.
        paths: POSIX paths of all source files, with the overlay's and sorted.
        config: absolute folder outside `root` for generated analyzer configuration.
        settings: the repository's own analyzer settings, read as data from an allow-list.
        overlay: by POSIX path, the text that takes the place of the file on disk or is a new file;
            None where the file is to be gone.
        state: equal states under the same root mean equal files on disk; "" says nothing.
        repository: which one was copied, to tell repositories apart; "" says nothing.
    """

    root: Path
    paths: tuple[str, ...]
    config: Path
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    overlay: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    state: str = ""
    repository: str = ""

    def over(self, overlay: Mapping[str, str | None]) -> Mirror:
        """Returns the same files on disk with more on top; each of its texts is a source file."""
        gone = {path for path, text in overlay.items() if text is None}
        paths = tuple(sorted({*self.paths, *overlay} - gone))
        return replace(self, paths=paths, overlay={**self.overlay, **overlay})
