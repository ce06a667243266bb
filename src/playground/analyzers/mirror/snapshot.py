"""Snapshots: what a repository holds at one moment, ready to be mirrored."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from playground.analyzers.gate.neutralise import neutralise, neutralise_script
from playground.analyzers.mirror.javascript import javascript_settings
from playground.analyzers.mirror.settings import (
    SETTING_FILES,
    RepositorySettings,
    costly_line,
    read_settings,
)
from playground.domain.changes import SourceFile, digest_of
from playground.domain.errors import BadInput
from playground.domain.javascript import is_script
from playground.security.reading import (
    JAVASCRIPT,
    ReadingRules,
    TreeReading,
    read_text,
    read_tree,
)

MANIFESTS = ("pyproject.toml", "setup.cfg", "requirements.txt", "requirements-dev.txt")
"""Files in a repository's root that name its dependencies, read as data."""

_ROOTS_MAX = 4
_DATA_BYTES_MAX = 256_000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A repository at one moment.

    Attributes:
        root: absolute folder.
        files: sources as they are, by path.
        texts: the same with every suppression comment blanked to the same length.
        skipped: pairs of a path and the reason why it was not read.
        settings: the repository's own analyzer settings.
        manifests: texts that name dependencies, by file name.
        digest: of all texts and settings.
    """

    root: Path
    files: Mapping[str, SourceFile]
    texts: Mapping[str, str]
    skipped: tuple[tuple[str, str], ...]
    settings: RepositorySettings
    manifests: Mapping[str, str]
    digest: str


@dataclass(frozen=True, slots=True)
class _Kept:
    reading: TreeReading
    texts: Mapping[str, str]
    digests: Mapping[str, str]


class Snapshots:
    """Takes snapshots; files that did not change since the last one are not read again.

    Safe to share between threads.
    """

    def __init__(self, rules: ReadingRules) -> None:
        self._rules = rules
        self._kept: OrderedDict[Path, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, root: Path) -> Snapshot:
        """Reads the repository.

        Raises:
            BadInput: the root is no folder or cannot be read.
        """
        with self._lock:
            before = self._kept.pop(root, None)
            kept = _kept(root, self._rules, before)
            self._kept[root] = kept
            while len(self._kept) > _ROOTS_MAX:
                self._kept.popitem(last=False)
        data, notes = _data(root)
        settings = read_settings(data)
        if any(path.endswith(JAVASCRIPT) for path in kept.reading.files):
            javascript = javascript_settings(root)
            settings = replace(settings, javascript=javascript)
            notes += javascript.notes
        hasher = hashlib.sha256(repr((settings, sorted(data.items()))).encode())
        for path, digest in kept.digests.items():
            hasher.update(f"{path}\0{digest}\0".encode())
        return Snapshot(
            root=root,
            files=kept.reading.files,
            texts=kept.texts,
            skipped=(*kept.reading.skipped, *notes, *settings.notes),
            settings=settings,
            manifests={name: data[name] for name in MANIFESTS if name in data},
            digest=hasher.hexdigest(),
        )


def _kept(root: Path, rules: ReadingRules, before: _Kept | None) -> _Kept:
    reading = read_tree(root, rules=rules, known=before.reading if before else None)
    texts: dict[str, str] = {}
    digests: dict[str, str] = {}
    for path, file in reading.files.items():
        if before is not None and before.reading.files.get(path) is file:
            texts[path], digests[path] = before.texts[path], before.digests[path]
        else:
            texts[path], digests[path] = neutralised(file), digest_of(file.text)
    return _Kept(reading, texts, digests)


def neutralised(file: SourceFile) -> str:
    """Returns the text that analyzers see: without suppression comments, nothing moved."""
    if is_script(file.path):
        return neutralise_script(file.text)
    return neutralise(file.text) if file.path.endswith((".py", ".pyi")) else file.text


def _data(root: Path) -> tuple[dict[str, str], list[tuple[str, str]]]:
    texts: dict[str, str] = {}
    notes: list[tuple[str, str]] = []
    for name in sorted({*SETTING_FILES, *MANIFESTS}):
        try:
            text = read_text(root, path=name, bytes_max=_DATA_BYTES_MAX)
        except BadInput:
            reason = f"is no plain text file of at most {_DATA_BYTES_MAX} bytes; not looked at"
            notes.append((name, reason))
            continue
        line = 0 if text is None or name.endswith(".json") else costly_line(text)
        if line:
            notes.append((name, f"is not looked at, because line {line} is too long or nested"))
        elif text is not None:
            texts[name] = text
    return texts, notes
