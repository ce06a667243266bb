"""The base and the changed tree as analyzers see them, and the files in question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from playground.analyzers.gate.changes import Changes
from playground.analyzers.gate.reach import reaches_importers
from playground.analyzers.gate.scope import SOURCES
from playground.analyzers.mirror import Snapshot, importers
from playground.analyzers.mirror.snapshot import neutralised
from playground.domain.changes import SourceFile, digest_of
from playground.domain.errors import Stale


@dataclass(frozen=True, slots=True)
class Trees:
    """What is compared.

    Attributes:
        snapshot: what lies on disk.
        lost: texts of changed files that the snapshot left out, by path.
        changed: texts of the candidate by path.
        state: of the base.
        before_paths: files in question that the base has.
        after_paths: files in question.
    """

    snapshot: Snapshot
    lost: Mapping[str, str]
    changed: Mapping[str, str]
    state: str
    before_paths: tuple[str, ...]
    after_paths: tuple[str, ...]

    @property
    def base(self) -> Mapping[str, str]:
        """Texts of the base by path."""
        return {**self.snapshot.texts, **self.lost}

    @property
    def after(self) -> Mapping[str, str]:
        """Texts of the changed tree by path."""
        return {**self.snapshot.texts, **self.changed}


def tree_of(snapshot: Snapshot, paths: tuple[str, ...]) -> Trees:
    """Returns the tree as it is, with these files in question."""
    return Trees(snapshot, {}, {}, snapshot.digest, paths, paths)


def trees_of(snapshot: Snapshot, changes: Changes) -> Trees:
    """Returns the tree before and after.

    Only sources enter a mirror: what a candidate writes into a configuration file reaches no
    analyzer. In question are the changed files, and those that import one whose change may reach
    them.

    Raises:
        Stale: a changed file is not the same in the snapshot, because somebody writes to it now.
    """
    lost: dict[str, str] = {}
    after: dict[str, str] = {}
    state = snapshot.digest
    reaching: list[str] = []
    for view in changes.views:
        if not view.path.endswith(SOURCES):
            continue
        seen = snapshot.files.get(view.path)
        if seen is not None and seen.text != view.before:
            raise Stale(f"{view.path} changes while it is judged; try again.")
        if view.before is not None and seen is None:
            lost[view.path] = neutralised(SourceFile(view.path, view.before))
            state = f"{state}+{digest_of(view.path + view.before)}"
        after[view.path] = neutralised(SourceFile(view.path, view.after))
        if not view.is_python or reaches_importers(view):
            reaching.append(view.path)
    texts = {**snapshot.texts, **after}
    reached = importers(reaching, texts=texts) if reaching else ()
    paths = tuple(sorted({*after, *reached}))
    known = snapshot.texts.keys() | lost.keys()
    return Trees(snapshot, lost, after, state, tuple(p for p in paths if p in known), paths)
