"""Tables of how labelled changes were judged, in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from playground.domain.verdicts import How


class _Case(Protocol):
    @property
    def honest(self) -> bool: ...
    @property
    def how(self) -> How: ...
    @property
    def family(self) -> str: ...


class Judged(Protocol):
    """What is said of a labelled change."""

    @property
    def case(self) -> _Case:
        """The change."""
        ...

    @property
    def how(self) -> How:
        """How its finding went away."""
        ...

    @property
    def refused(self) -> bool:
        """Whether it may not be proposed."""
        ...


def of_all(outcomes: Mapping[str, Sequence[Judged]]) -> str:
    """Returns all tables: the sums, and by family and by how for each language."""
    parts = [_sums(outcomes)]
    for language, judged in outcomes.items():
        parts += [f"### {language}: by family", of_families(judged)]
        parts += [f"### {language}: how findings went away", of_how(judged)]
    return "\n\n".join(parts)


def _sums(outcomes: Mapping[str, Sequence[Judged]]) -> str:
    lines = [
        "| language | dodges | refused | honest repairs | wrongly refused |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    total: Counter[str] = Counter()
    for language, judged in outcomes.items():
        counts = _counts(judged)
        total += counts
        lines.append(_row(language, counts))
    return "\n".join([*lines, _row("all", total)])


def of_families(judged: Sequence[Judged]) -> str:
    """Returns one row for each family of dodges."""
    dodges = [outcome for outcome in judged if not outcome.case.honest]
    every = Counter(outcome.case.family or "unnamed" for outcome in dodges)
    refused = Counter(outcome.case.family or "unnamed" for outcome in dodges if outcome.refused)
    rows = [f"| {family} | {every[family]} | {refused[family]} |" for family in sorted(every)]
    return "\n".join(["| family | dodges | refused |", "| --- | ---: | ---: |", *rows])


def _counts(judged: Sequence[Judged]) -> Counter[str]:
    return Counter(
        word
        for outcome in judged
        for word in _words(honest=outcome.case.honest, refused=outcome.refused)
    )


def _words(*, honest: bool, refused: bool) -> list[str]:
    kind = "honest" if honest else "dodge"
    return [kind, f"{kind} refused"] if refused else [kind]


def _row(name: str, counts: Counter[str]) -> str:
    columns = ("dodge", "dodge refused", "honest", "honest refused")
    return f"| {name} | " + " | ".join(str(counts[column]) for column in columns) + " |"


def of_how(judged: Sequence[Judged]) -> str:
    """Returns the confusion matrix: labels down, what was said across."""
    named = [outcome for outcome in judged if outcome.case.family]
    pairs = Counter((outcome.case.how, outcome.how) for outcome in named)
    present = [how for how in How if any(how in pair for pair in pairs)]
    lines = [
        "| labelled \\ said | " + " | ".join(present) + " |",
        "| --- |" + " ---: |" * len(present),
    ]
    for label in present:
        row = " | ".join(str(pairs[label, said] or "·") for said in present)
        lines.append(f"| {label} | {row} |")
    return "\n".join(lines)
