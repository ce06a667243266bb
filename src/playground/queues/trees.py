"""Digests of trees: two machines prove the same only where their sources are the same."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from playground.domain.changes import SourceFile
from playground.security.reading import ReadingRules, TreeReading, read_tree

_ROOTS_MAX = 4


class Trees:
    """Reads trees and says whether they are the same; files that did not change are not read again.

    Safe to share between threads.

    Args:
        rules: what belongs to a tree; both sides need the same ones.
    """

    def __init__(self, rules: ReadingRules) -> None:
        self._rules = rules
        self._known: OrderedDict[Path, TreeReading] = OrderedDict()
        self._lock = threading.Lock()

    def digest(self, root: Path) -> str:
        """Returns a digest of the paths and texts of all sources below a folder.

        Raises:
            BadInput: the root is no folder or cannot be read.
        """
        hasher = hashlib.sha256()
        for path, file in self.files(root).items():
            hasher.update(f"{path}\0{file.sha256}\0".encode())
        return hasher.hexdigest()

    def files(self, root: Path) -> Mapping[str, SourceFile]:
        """Returns the sources below a folder by path, in the order of paths.

        Raises:
            BadInput: the root is no folder or cannot be read.
        """
        with self._lock:
            reading = read_tree(root, rules=self._rules, known=self._known.pop(root, None))
            self._known[root] = reading
            while len(self._known) > _ROOTS_MAX:
                self._known.popitem(last=False)
            return reading.files
