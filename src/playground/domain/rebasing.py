"""Carrying a change over to another version of its file.

Nothing here decides whether the result is right: it is a new candidate, which the gate judges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playground.domain.changes import FileChange, Hunk, Patch, digest_of, split_lines
from playground.domain.errors import Stale
from playground.domain.tasks import Task

_CHAIN_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Carried:
    """A patch that was moved to where its lines are now.

    Attributes:
        task: the same question about the files as they are now.
        patch: for these files.
        bases: their texts by path.
        run_id: the id of the run that is opened, as for `submit`.
    """

    task: Task
    patch: Patch
    bases: Mapping[str, str]
    run_id: str = ""


def path_between(
    landed: Sequence[FileChange], *, before: str, after: str
) -> tuple[FileChange, ...] | None:
    """Returns the changes that lead from one version of a file to another one, in order.

    Args:
        landed: changes of that file that were applied, in any order.
        before: digest of the version to begin with.
        after: digest of the version to end with.

    Returns:
        None when they do not lead there.
    """
    by_base = {change.base_sha256: change for change in landed}
    chain: list[FileChange] = []
    here: str | None = before
    while here != after:
        step = by_base.get(here)
        if step is None or len(chain) >= _CHAIN_MAX:
            return None
        chain.append(step)
        here = step.after_sha256
    return tuple(chain)


def rebased(change: FileChange, *, through: Sequence[FileChange], text: str) -> FileChange | None:
    """Returns the change with its lines where they are after other changes.

    Args:
        change: what was made for the version that `through` begins with.
        through: changes of the same file, each for the version that the one before leads to.
        text: the file afterwards.

    Returns:
        None when another change touched the same lines.
    """
    hunks: tuple[Hunk, ...] | None = change.hunks
    for landed in through:
        moved = [_moved(hunk, landed.hunks) for hunk in hunks or ()]
        kept = tuple(hunk for hunk in moved if hunk is not None)
        if len(kept) < len(moved):
            return None
        hunks = kept
    return _made_for(change, text=text, hunks=hunks or ())


def found_again(change: FileChange, *, block: str, start: int, text: str) -> FileChange | None:
    """Returns the change with its lines where a block of text is now.

    Args:
        change: all of whose lines lie in the block.
        block: whole lines of the old version.
        start: the block's first line there, counted from 0.
        text: the file as it is now.

    Returns:
        None when the block is not there exactly once, or the change reaches out of it.
    """
    wanted, lines = split_lines(block), split_lines(text)
    size = len(wanted)
    inside = all(start <= h.start and h.start + len(h.before) <= start + size for h in change.hunks)
    if not size or not inside:
        return None
    places = [at for at in range(len(lines) - size + 1) if lines[at : at + size] == wanted]
    if len(places) != 1:
        return None
    shift = places[0] - start
    hunks = tuple(Hunk(h.start + shift, h.before, h.after) for h in change.hunks)
    return _made_for(change, text=text, hunks=hunks)


def _moved(hunk: Hunk, landed: Sequence[Hunk]) -> Hunk | None:
    """Returns the hunk after others of its version, None when one of them touches its lines."""
    shift = 0
    first, last = hunk.start, hunk.start + len(hunk.before)
    for other in landed:
        begin, end = other.start, other.start + len(other.before)
        if begin < last and first < end:
            return None
        if end <= first:  # of two insertions at one place this one comes after
            shift += len(other.after) - len(other.before)
    return Hunk(hunk.start + shift, hunk.before, hunk.after)


def _made_for(change: FileChange, *, text: str, hunks: tuple[Hunk, ...]) -> FileChange | None:
    moved = FileChange(change.path, digest_of(text), None, hunks)
    try:
        after = moved.applied_to(text)
    except Stale:
        return None
    return FileChange(change.path, moved.base_sha256, digest_of(after), hunks)
