"""Names that were given to values, followed through both sides of a change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from playground.analyzers.gate.footprints.atoms import Atoms
from playground.analyzers.gate.footprints.uses import JOIN, OTHER, SPLIT, Use
from playground.analyzers.gate.view import ChangeView

MARKS = (SPLIT, OTHER, JOIN)
_Names = dict[str, frozenset[str]]


def renamed_by_halves(view: ChangeView) -> bool:
    """Whether a name is read where its value now goes by another one, or was another's before.

    Only functions that bind and read as often as before can be followed; of the others nothing is
    said. A loop counts as gone through once.

    Raises:
        RecursionError: the code is nested too deeply.
    """
    return any(_half_renamed(old.uses, new.uses, own=old.names) for old, new in _sides(view))


def _sides(view: ChangeView) -> Iterator[tuple[Atoms, Atoms]]:
    """Yields the words of the outermost functions that differ."""
    pairs = view.function_pairs
    for name, functions in pairs.items():
        if name.rpartition(".")[0] in pairs:
            continue
        sides = Atoms(), Atoms()
        for side, function in zip(sides, functions, strict=True):
            side.of_function(function)
        yield sides


def _half_renamed(before: Sequence[Use], after: Sequence[Use], *, own: Sequence[Use]) -> bool:
    """Args: the names of both sides, and those of the old one that are no inner function's."""
    marks = [[use if use in MARKS else use.binds for use in side] for side in (before, after)]
    if marks[0] != marks[1]:
        return False
    taken = {use.name for use in own}
    now: _Names = {}
    waiting: list[_Names] = []
    for was, use in zip(before, after, strict=True):
        if was in MARKS:
            now = _at_mark(was, now, waiting)
        elif was.binds:
            if use.name != was.name and use.name in taken:
                return True
            now[was.name] = frozenset({use.name})
        elif use.name not in now.get(was.name, {was.name}):
            return True
    return False


def _at_mark(mark: Use, now: _Names, waiting: list[_Names]) -> _Names:
    """Returns what names go by where one of two ways begins or both have come together."""
    if mark == SPLIT:
        waiting.append(dict(now))
        return now
    other = waiting.pop()
    if mark == OTHER:
        waiting.append(now)
        return other
    names = now.keys() | other.keys()
    return {
        name: now.get(name, frozenset({name})) | other.get(name, frozenset({name}))
        for name in names
    }
