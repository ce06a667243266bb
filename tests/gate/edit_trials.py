"""Trials of matching: many mutants of real files, few runs of ruff."""

from __future__ import annotations

import ast
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edit_kinds import CHANGING, PRESERVING, move_between
from edit_oracle import LAYOUT, formatted, invisible, judge, ruff_findings
from edited_texts import EditedText, edited_texts

from playground.analyzers.gate.delta import match
from playground.domain.findings import Finding, masked

PACKAGES = ("requests", "click", "pluggy", "packaging", "jinja2", "httpx2", "markdown_it", "anyio")
MOVED = "to another file"
REFORMATTED = "reformatted"
KINDS = (*PRESERVING, *CHANGING, MOVED)


@dataclass(frozen=True)
class Trial:
    """One comparison and what was wrong with it.

    Attributes:
        name: the file and the number of the mutant.
        compared: findings that the edit left alone.
        blamed: pre-existing ones that were called new or gone.
        missed: new ones that were called old.
        cpu_s: CPU seconds of the comparison.
    """

    name: str
    compared: int
    blamed: tuple[Finding, ...]
    missed: tuple[Finding, ...]
    cpu_s: float


def sources(
    folder: Path, *, packages: Sequence[str] = PACKAGES, lines_max: int = 1_200
) -> dict[str, str]:
    """Returns texts of installed modules of 100 lines and more by a flat name."""
    found: dict[str, str] = {}
    for package in packages:
        for file in sorted((folder / package).rglob("*.py")):
            text = file.read_text()
            if 100 <= text.count("\n") <= lines_max and not invisible(text) and text.endswith("\n"):
                found["_".join(file.relative_to(folder).parts)] = text
    return found


def run_trials(
    kinds: Sequence[str], files: Mapping[str, str], *, rng: random.Random, count: int, root: Path
) -> list[Trial]:
    """Makes as many mutants of each kind and compares the findings before and after."""
    made = [(kind, _mutant(kind, files, rng)) for kind in kinds for _ in range(count)]
    mutants = [(kind, mutant) for kind, mutant in made if mutant]
    before = ruff_findings(root / "before", {p: files[p] for _, m in mutants for p in m})
    numbered = {
        f"{number}/{path}": text.text
        for number, (_, mutant) in enumerate(mutants)
        for path, text in mutant.items()
    }
    after = ruff_findings(root / "after", numbered)
    trials: list[Trial] = []
    for number, (kind, mutant) in enumerate(mutants):
        old = {path: files[path] for path in mutant}
        new = {path: text.text for path, text in mutant.items()}
        was = [finding for path in mutant for finding in before[path]]
        now = [f for path in mutant for f in _at(path, after[f"{number}/{path}"])]
        started = time.process_time()
        delta = match(was, now, old=old, new=new)
        cpu_s = time.process_time() - started
        judgement = judge(delta, before=was, after=now, old=old, edited=mutant)
        name = f"{kind} {number} {' '.join(mutant)}"
        trials.append(Trial(name, judgement.compared, judgement.blamed, judgement.missed, cpu_s))
    return trials


def reformatting_trials(
    files: Mapping[str, str], *, rng: random.Random, count: int, root: Path
) -> list[Trial]:
    """Formats files for several widths and compares what is no matter of layout.

    Nothing is blamed if each finding that is called gone is missing from its function, too.
    """
    trials: list[Trial] = []
    before = ruff_findings(root / "before", files, ignore=LAYOUT)
    widths = [40, 60, 79, 120, 160]
    each = max(1, count // len(widths))
    for columns in widths:
        chosen = {p: files[p] for p in rng.sample(sorted(files), min(each, len(files)))}
        new = formatted(root / str(columns), chosen, columns=columns)
        after = ruff_findings(root / str(columns), new, ignore=LAYOUT)
        for path, text in chosen.items():
            started = time.process_time()
            delta = match(before[path], after[path], old={path: text}, new={path: new[path]})
            cpu_s = time.process_time() - started
            fixed, added = Counter(map(_subject, delta.fixed)), Counter(map(_subject, delta.added))
            both = fixed & added
            blamed = tuple(f for f in delta.added if _subject(f) in both)
            trials.append(Trial(f"{columns} {path}", len(before[path]), blamed, (), cpu_s))
    return trials


def _subject(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, finding.symbol, masked(finding.message)


def _at(path: str, findings: Sequence[Finding]) -> list[Finding]:
    return [
        Finding(
            *(f.tool, f.rule, f.message, path, f.span, f.severity, f.symbol, f.line_text),
            *(f.ordinal, f.fix, f.statement),
        )
        for f in findings
    ]


def _mutant(
    kind: str, files: Mapping[str, str], rng: random.Random
) -> dict[str, EditedText] | None:
    names = rng.sample(sorted(files), 2 if kind == MOVED else 1)
    edited = edited_texts({name: files[name] for name in names})
    texts = [edited[name] for name in names]
    if kind == MOVED:
        done = move_between(texts[0], texts[1], rng)
    else:
        done = (PRESERVING | CHANGING)[kind](texts[0], rng)
    return edited if done and all(_parses(text.text) for text in texts) else None


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True
