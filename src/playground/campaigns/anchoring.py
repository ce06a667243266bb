"""Which finding of a file's new version each planned one is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations, islice
from statistics import median

from playground.domain.findings import Finding

_CHOICES_MAX = 2_000


def anchored(planned: Sequence[Finding], found: Iterable[Finding]) -> list[Finding | None]:
    """Returns for each planned finding the one that it is now, None for what is not there.

    Findings that differ in their place alone cannot be told apart by their text, and which of them
    is the first changes when one is repaired. They keep their order, so those whose
    distances agree best are taken for the same, of several on one line the one in its column.

    Args:
        planned: distinct findings of one file's old version.
        found: all findings of the new version.
    """
    now: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in found:
        now[_without_ordinal(finding)].append(finding)
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for index, finding in enumerate(planned):
        groups[_without_ordinal(finding)].append(index)
    result: list[Finding | None] = [None] * len(planned)
    for key, indexes in groups.items():
        indexes.sort(key=lambda index: planned[index].ordinal)
        new = sorted(now[key], key=lambda finding: finding.ordinal)
        old = [planned[index] for index in indexes]
        for position, finding in _paired(old, new):
            result[indexes[position]] = finding
    return result


def _without_ordinal(finding: Finding) -> str:
    return replace(finding, ordinal=0).fingerprint


def _paired(old: Sequence[Finding], new: Sequence[Finding]) -> list[tuple[int, Finding]]:
    """Returns positions in the old ones with the new ones that they are, both in order."""
    count = min(len(old), len(new))
    lines = [finding.span.start_line for finding in new]
    if len(old) <= len(new):
        choices = ((range(count), chosen) for chosen in combinations(range(len(new)), count))
    else:
        choices = ((chosen, range(count)) for chosen in combinations(range(len(old)), count))

    def apart(choice: tuple[Sequence[int], Sequence[int]]) -> tuple[float, float, int]:
        pairs = list(zip(*choice, strict=True))
        moved = [lines[there] - old[here].span.start_line for here, there in pairs]
        middle = median(moved) if moved else 0.0
        columns = (
            new[there].span.start_column - old[here].span.start_column for here, there in pairs
        )
        uneven = sum(abs(each - middle) for each in moved)
        return uneven, abs(middle), sum(abs(each) for each in columns)

    best = min(islice(choices, _CHOICES_MAX), key=apart)
    return [(here, new[there]) for here, there in zip(*best, strict=True)]
