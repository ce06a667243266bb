"""Repositories of scripts, mirrors of them, and the two analyzers over these."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playground.analyzers import eslint, typescript
from playground.analyzers.mirror import REPOSITORY, Mirrors, Snapshots
from playground.analyzers.profile import WANTED, AnalyzerContext, Selection, Wanted
from playground.domain.findings import Finding
from playground.domain.ports import Mirror
from playground.security.calls import Room, open_room
from playground.security.reading import ReadingRules

RECOMMENDED = Wanted(eslint=Selection(("recommended",), ()))


@dataclass(frozen=True)
class Place:
    """A finding as tests compare it."""

    path: str
    rule: str
    line: int
    column: int
    message: str


def put(root: Path, files: Mapping[str, str]) -> Path:
    """Writes files below a root and returns the root."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
    return root


@contextmanager
def mirrored(
    folder: Path, files: Mapping[str, str], *, wanted: Wanted = RECOMMENDED
) -> Generator[Mirror]:
    """Yields a mirror of a repository that holds these files."""
    root = put(folder / "repo", files)
    snapshot = Snapshots(ReadingRules()).take(root)
    mirrors = Mirrors(folder / "scratch")
    settings = {WANTED: wanted, REPOSITORY: snapshot.settings}
    with mirrors.hold(root, texts=snapshot.texts, settings=settings) as mirror:
        yield mirror
    mirrors.close()


def context_in(folder: Path, *, timeout_s: float = 60.0, room: Room = open_room) -> AnalyzerContext:
    """Returns what an analyzer is created with."""
    return AnalyzerContext(folder / "tools", timeout_s, room)


@contextmanager
def linting(folder: Path, *, timeout_s: float = 60.0) -> Generator[eslint.EslintAnalyzer]:
    """Yields eslint and ends it."""
    analyzer = eslint.create(context_in(folder, timeout_s=timeout_s))
    yield analyzer
    analyzer.close()


@contextmanager
def typing(folder: Path, *, timeout_s: float = 60.0) -> Generator[typescript.TypeScriptAnalyzer]:
    """Yields typescript and ends it."""
    analyzer = typescript.create(context_in(folder, timeout_s=timeout_s))
    yield analyzer
    analyzer.close()


def places(findings: tuple[Finding, ...]) -> list[Place]:
    """Returns the findings as tests compare them."""
    return [
        Place(f.path, f.rule, f.span.start_line, f.span.start_column, f.message) for f in findings
    ]


def rules_at(findings: tuple[Finding, ...]) -> set[tuple[str, str]]:
    """Returns path and rule of each finding."""
    return {(f.path, f.rule) for f in findings}
