"""The tree of a revision beside the tree as it is, read from git's objects.

The revision's tree is an overlay on the mirror, as a candidate is: what differs has the
revision's text, what is new is gone. Line ends are not compared, because git may change them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from playground.analyzers.gate.delta import Delta, match
from playground.analyzers.gate.scope import SOURCES, sources_in
from playground.analyzers.mirror import Snapshot, importers, neutralised
from playground.domain.changes import SourceFile
from playground.domain.findings import Finding
from playground.domain.verdicts import Check, CheckStatus
from playground.security.git_objects import GitTree, tree_at
from playground.security.reading import SKIPPED_FOLDERS, ReadingRules, name_problem

_ALIKE_MIN = 0.5
_RENAMED_MAX = 200


@dataclass(frozen=True, slots=True)
class Past:
    """A revision's tree, as far as it differs from the one that is there now.

    Attributes:
        commit: its name.
        overlay: neutralised texts by path, None for files that it does not have.
        renamed: paths of now by the paths that the same files had.
        now: files in question as they are now, within what was asked about.
        then: files in question of the revision.
        skipped: pairs of a path and the reason why it was not compared.
        uncompared: files among them that are asked about.
    """

    commit: str
    overlay: Mapping[str, str | None]
    renamed: Mapping[str, str]
    now: tuple[str, ...]
    then: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    uncompared: tuple[str, ...]


def past_of(
    snapshot: Snapshot, *, revision: str, rules: ReadingRules, paths: Sequence[str]
) -> Past:
    """Reads a revision's tree.

    Args:
        snapshot: the tree as it is.
        revision: what the person typed.
        rules: which files of a repository are analysed.
        paths: files or folders that are asked about, empty for all.

    Raises:
        BadInput: there is no git repository or no such revision, or a path does not exist.
        Unavailable: git's objects cannot be read.
    """
    asked = set(sources_in(snapshot, paths))
    reader = _Reader(snapshot, rules)
    with tree_at(snapshot.root, revision=revision, wanted=reader.wants) as tree:
        reader.read(tree)
    new = {path for path in snapshot.files if path not in tree.blobs}
    differing = {*reader.texts, *new}
    reached = {*differing, *importers(differing, texts=snapshot.texts)}
    now = tuple(sorted(path for path in reached & asked if path.endswith(SOURCES)))
    renamed = _renamed({p: reader.texts[p] for p in reader.gone}, new & asked, snapshot)
    same_file = {new_path: old_path for old_path, new_path in renamed.items()}
    then = {same_file.get(path, path) for path in now}
    then |= reader.gone if not paths else {p for p in reader.gone if _is_below(p, paths)}
    overlay: dict[str, str | None] = dict.fromkeys(new)
    overlay |= {p: neutralised(SourceFile(p, text)) for p, text in reader.texts.items()}
    return Past(
        commit=tree.commit,
        overlay=overlay,
        renamed=renamed,
        now=now,
        then=tuple(sorted(p for p in then if p in tree.blobs and p.endswith(SOURCES))),
        skipped=tuple(sorted(reader.skipped)),
        uncompared=tuple(sorted(path for path, _reason in reader.skipped if path in asked)),
    )


def compared(before: Check, after: Check, *, past: Past, texts: Mapping[str, str]) -> Delta:
    """Returns what one analyzer says now and did not say before.

    Args:
        before: about the revision's files in question.
        after: about those of now.
        past: the revision.
        texts: neutralised texts of now by path.
    """
    old = {past.renamed.get(p, p): past.overlay.get(p, texts.get(p)) or "" for p in past.then}
    found = [replace(f, path=past.renamed.get(f.path, f.path)) for f in before.findings]
    return match(found, after.findings, old=old, new={path: texts[path] for path in past.now})


def joined(before: Check, after: Check, *, new: Sequence[Finding]) -> Check:
    """Returns the check of a comparison: an answer only if both trees got one."""
    seconds = before.seconds + after.seconds
    failed = after if after.status is not CheckStatus.OK else before
    if failed.status is CheckStatus.OK:
        return replace(after, findings=tuple(new), seconds=seconds)
    where = "" if failed is after else "On the revision: "
    detail = f"{where}{failed.detail}"
    return replace(after, findings=tuple(new), seconds=seconds, status=failed.status, detail=detail)


class _Reader:
    """Reads what of a revision's tree differs from the snapshot."""

    def __init__(self, snapshot: Snapshot, rules: ReadingRules) -> None:
        self._snapshot = snapshot
        self._rules = rules
        self._unread = {path for path, _reason in snapshot.skipped}
        self.texts: dict[str, str] = {}
        self.gone: set[str] = set()
        self.skipped: list[tuple[str, str]] = []

    def wants(self, path: str) -> bool:
        """Whether a path of the tree would be read from the disk as well."""
        if path.endswith("/"):
            name = path.rstrip("/").rpartition("/")[2]
            return not name.startswith(".") and name not in SKIPPED_FOLDERS
        pure = PurePosixPath(path)
        known = pure.suffix in self._rules.suffixes or pure.name in self._rules.names
        return known and not name_problem(path)

    def read(self, tree: GitTree) -> None:
        """Collects the texts of files that differ or are gone."""
        total = 0
        for path in tree.blobs:
            file = self._snapshot.files.get(path)
            if path in self._unread or (file is not None and _holds(tree, file)):
                continue
            if file is None and os.path.lexists(self._snapshot.root / path):
                continue  # it lies in a folder that is left out, so it is not gone
            text = tree.text(path)
            total += len(text or "")
            if text is None or len(text) > self._rules.file_bytes_max:
                self.skipped.append((path, "cannot be compared: the revision's is no source text"))
            elif total > self._rules.total_bytes_max:
                self.skipped.append((path, "is beyond what is compared"))
            elif file is None:
                self.gone.add(path)
                self.texts[path] = text
            elif _plain(text) != _plain(file.text):
                self.texts[path] = _with_ends_of(file.text, text)


def _holds(tree: GitTree, file: SourceFile) -> bool:
    return tree.holds(file.path, text=file.text) or (
        "\r\n" in file.text and tree.holds(file.path, text=_plain(file.text))
    )


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def _with_ends_of(model: str, text: str) -> str:
    """Returns the text with CRLF where the model has nothing else and the text has none."""
    if "\r\n" in text or model.count("\r\n") != model.count("\n"):
        return text
    return text.replace("\n", "\r\n")


def _is_below(path: str, paths: Sequence[str]) -> bool:
    return any(p in {".", path} or path.startswith(f"{p}/") for p in paths)


def _renamed(gone: Mapping[str, str], new: set[str], snapshot: Snapshot) -> dict[str, str]:
    """Returns which files that are gone are there under another name, the surest pairs first."""
    if not gone or not new or len(gone) * len(new) > _RENAMED_MAX**2:
        return {}
    lines_then = {path: _lines(text) for path, text in gone.items()}
    lines_now = {path: _lines(snapshot.files[path].text) for path in new}
    pairs = sorted(
        (-_likeness(then, now), old_path, new_path)
        for old_path, then in lines_then.items()
        for new_path, now in lines_now.items()
        if PurePosixPath(old_path).suffix == PurePosixPath(new_path).suffix
    )
    found: dict[str, str] = {}
    for unlike, old_path, new_path in pairs:
        if -unlike < _ALIKE_MIN:
            break
        if old_path not in found and new_path not in found.values():
            found[old_path] = new_path
    return found


def _lines(text: str) -> Counter[str]:
    """Counts the lines that say something."""
    stripped = (line.strip() for line in text.split("\n"))
    return Counter(line for line in stripped if line)


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """Returns the share of lines that two texts have in common, from 0 to 1."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0
