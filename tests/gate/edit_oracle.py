"""Judges the matching of findings by what the edit itself knows about every character."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

from edited_texts import WORD, EditedText, edited_texts

from playground.analyzers.gate.delta import Delta
from playground.domain.findings import Finding, Severity, Span, masked, normalised
from playground.domain.outlines import outline_of

RUFF = Path(sys.executable).with_name("ruff")
LAYOUT = "E1,E2,E3,E5,W,COM,Q,I,ISC,D2,D4,ERA,CPY,INP,EXE,RUF100,SIM905,E70"
"""Rules about layout, whose findings a formatter may well change."""

UNFAIR = "CPY,INP,EXE,RUF100,I,ERA,E501,W505"
"""Rules about the file as a whole or about a column, not about a character."""


class _Place(TypedDict):
    row: int
    column: int


class _Said(TypedDict):
    code: str | None
    name: str
    message: str
    filename: str
    location: _Place
    end_location: _Place


def ruff_findings(
    root: Path, texts: Mapping[str, str], *, ignore: str = UNFAIR
) -> dict[str, list[Finding]]:
    """Returns ruff's findings of many texts at once, all stable rules, by path."""
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, newline="")
    command = [str(RUFF), "check", "--isolated", "--no-cache", "--ignore-noqa", "--exit-zero"]
    command += ["--select", "ALL", "--ignore", ignore, "--output-format", "json", str(root)]
    said = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    grouped: defaultdict[str, list[_Said]] = defaultdict(list)
    for item in cast("list[_Said]", json.loads(said)):
        grouped[str(Path(item["filename"]).relative_to(root))].append(item)
    return {path: _findings(path, text, grouped[path]) for path, text in texts.items()}


def formatted(root: Path, texts: Mapping[str, str], *, columns: int) -> dict[str, str]:
    """Returns the texts as ruff formats them for a width."""
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, newline="")
    command = [str(RUFF), "format", "--isolated", "--no-cache", "--line-length", str(columns)]
    subprocess.run([*command, str(root)], capture_output=True, check=True)
    return {path: (root / path).read_text() for path in texts}


def _findings(path: str, text: str, items: Sequence[_Said]) -> list[Finding]:
    outline = outline_of(path, text=text)
    seen: Counter[tuple[str, ...]] = Counter()
    found: list[Finding] = []
    for item in items:
        start, end = item["location"], item["end_location"]
        span = Span(start["row"], start["column"], end["row"], end["column"])
        rule, message = item["code"] or item["name"], item["message"]
        symbol, line = outline.symbol_at(span.start_line), outline.line_at(span.start_line)
        statement = outline.statement_at(span.start_line)
        key = (rule, symbol, masked(message), statement or normalised(line))
        found.append(
            Finding(
                *("ruff", rule, " ".join(message.split()), path, span, Severity.NOTE),
                symbol=symbol,
                line_text=line,
                ordinal=seen[key],
                statement=statement,
            )
        )
        seen[key] += 1
    return found


@dataclass(frozen=True)
class Judgement:
    """What is wrong with a comparison.

    Attributes:
        blamed: pre-existing findings that were called new or fixed.
        missed: new findings that were called old, or gone ones that were called kept.
        compared: findings before that the edit left as they were.
    """

    blamed: tuple[Finding, ...]
    missed: tuple[Finding, ...]
    compared: int


def judge(
    delta: Delta,
    *,
    before: Sequence[Finding],
    after: Sequence[Finding],
    old: Mapping[str, str],
    edited: Mapping[str, EditedText],
) -> Judgement:
    """Compares a delta with the truth."""
    names = {was: now for text in edited.values() for was, now in text.renamed.items()}
    truth = _truth(before, after, old=old, edited=edited)
    kept = {id(now): was for was, now in delta.kept}
    blamed = [
        now
        for was, now in truth
        if id(now) not in kept and _said(was.message, names) == masked(now.message)
    ]
    known = {id(now): was for was, now in truth}
    missed: list[Finding] = []
    for was, now in delta.kept:
        true = known.get(id(now))
        same = true is not None and (true.rule, true.path) == (was.rule, was.path)
        if true is was or (same and true is not None and _alike(true, was)):
            continue
        missed.append(now)
    return Judgement(tuple(blamed), tuple(missed), len(truth))


def _alike(one: Finding, other: Finding) -> bool:
    """Whether two findings say the same about the same words, so that nobody can tell them."""
    return one.message == other.message and one.statement == other.statement


def _truth(
    before: Sequence[Finding],
    after: Sequence[Finding],
    *,
    old: Mapping[str, str],
    edited: Mapping[str, EditedText],
) -> list[tuple[Finding, Finding]]:
    """Returns the pairs of findings of one rule that begin at the same character."""
    waiting: defaultdict[object, list[Finding]] = defaultdict(list)
    starts = edited_texts(old)
    for finding in before:
        at = starts[finding.path].origin_at(finding.span.start_line, finding.span.start_column)
        waiting[finding.rule, _top(finding) or at].append(finding)
    pairs: list[tuple[Finding, Finding]] = []
    names = {was: now for text in edited.values() for was, now in text.renamed.items()}
    for finding in after:
        text = edited[finding.path]
        at = text.origin_at(finding.span.start_line, finding.span.start_column)
        candidates = waiting[finding.rule, _top(finding) or at]
        if at is None and not _top(finding):
            continue
        same = [c for c in candidates if _said(c.message, names) == masked(finding.message)]
        for candidate in (same or candidates)[:1]:
            candidates.remove(candidate)
            pairs.append((candidate, finding))
    return pairs


def _top(finding: Finding) -> str:
    """Returns a mark for findings about the file as a whole."""
    return finding.path if finding.span == Span(1, 1, 1, 1) else ""


def _said(message: str, names: Mapping[str, str]) -> str:
    return masked(WORD.sub(lambda m: names.get(m.group(), m.group()), message))


def invisible(text: str) -> bool:
    """Whether a text holds what the edits do not handle: tabs, form feeds, escaped line ends."""
    return bool(re.search(r"\t|\f|\r|\\\n|[^\x00-\x7f]", text))
