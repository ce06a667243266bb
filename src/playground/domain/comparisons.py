"""Comparisons: what analyzers say about a tree now that they did not say about it before."""

from __future__ import annotations

from dataclasses import dataclass

from playground.domain.findings import Finding
from playground.domain.verdicts import Check


@dataclass(frozen=True, slots=True)
class Comparison:
    """Findings of a tree against those of one of its revisions.

    Only files that differ, and files that import them, are looked at: nothing else can be new.

    Attributes:
        root: absolute folder that paths are relative to.
        commit: the revision's commit, all its digits.
        new: findings that the revision does not have, in the order of path and line.
        unchanged: how many findings of the files in question it has as well.
        absent: findings of the revision that are gone.
        checks: one for each analyzer, OK only if it answered about both trees.
        skipped: pairs of a path and the reason why it was not read, now or in the revision.
        files: how many files were looked at.
        uncompared: files that were asked about and of which nobody can tell what is new.
    """

    root: str
    commit: str
    new: tuple[Finding, ...]
    unchanged: int
    absent: tuple[Finding, ...]
    checks: tuple[Check, ...]
    skipped: tuple[tuple[str, str], ...]
    files: int
    uncompared: tuple[str, ...] = ()
