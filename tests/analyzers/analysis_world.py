"""A small repository on disk, a gate over it, and analyzers that say what a test wants."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from playground.analyzers import ruff
from playground.analyzers.gate.gate import StaticGate
from playground.analyzers.profile import AnalyzerContext, RuleProfile
from playground.analyzers.reporting import RawFinding, findings_of, text_of
from playground.domain.candidates import Candidate, Provenance
from playground.domain.changes import digest_of, patch_between
from playground.domain.findings import Finding, Severity, Span
from playground.domain.ports import Analyzer, Mirror, RuleCard
from playground.domain.regions import region_at
from playground.domain.tasks import FileRef, Source, Task, TaskKind
from playground.domain.verdicts import Check, CheckStatus
from playground.security.workspace import LocalWorkspace

PROFILE = RuleProfile(select=("E7", "E9", "F", "B", "S", "SIM"), ignore=("S101", "SIM105"))


class WordAnalyzer:
    """Reports each line that holds the word BAD or OLD, and answers nothing where it is told so.

    Attributes:
        calls: the paths of each check, in order.
        mute_on: a check of a tree that holds this text gets `status`.
    """

    suffixes = frozenset({".py", ".pyi"})
    name = "words"

    def __init__(self, *, tier: int = 3) -> None:
        self.tier = tier
        self.calls: list[tuple[str, ...]] = []
        self.mute_on = "\0"
        self.status = CheckStatus.CRASHED

    def check(self, mirror: Mirror, *, paths: Sequence[str]) -> Check:
        self.calls.append(tuple(paths))
        texts = {path: text_of(mirror, path) for path in paths}
        if any(self.mute_on in text for text in texts.values()):
            return Check(self.name, "1", self.status, (), "It gave up.")
        raw = [
            RawFinding(match[0], f"{match[0]} is not nice", path, _span(line, match), Severity.NOTE)
            for path, text in texts.items()
            for line, content in enumerate(text.split("\n"), start=1)
            for match in re.finditer("BAD|OLD", content)
        ]
        return Check(self.name, "1", CheckStatus.OK, findings_of(self.name, raw=raw, mirror=mirror))

    def explain(self, rule: str) -> RuleCard:
        return RuleCard(self.name, rule, "", "", "", "", "")


def _span(line: int, match: re.Match[str]) -> Span:
    return Span(line, match.start() + 1, line, match.end() + 1)


def put(root: Path, files: Mapping[str, str]) -> Path:
    """Writes files below a root and returns the root."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
    return root


@contextmanager
def gate_over(
    tmp_path: Path, *, analyzers: Sequence[Analyzer] = (), profile: RuleProfile = PROFILE
) -> Generator[StaticGate]:
    """Yields a gate with ruff and further analyzers, and closes it."""
    context = AnalyzerContext(tmp_path / "scratch" / "tools", timeout_s=60.0)
    gate = StaticGate(
        [ruff.create(context), *analyzers],
        profile=profile,
        workspace=LocalWorkspace(),
        scratch=tmp_path / "scratch",
    )
    try:
        yield gate
    finally:
        gate.close()


def repair_of(root: Path, finding: Finding) -> Task:
    """Returns the task of repairing a finding within its region."""
    text = (root / finding.path).read_text()
    return Task(
        root=str(root),
        kind=TaskKind.REPAIR,
        goal=f"Repair {finding.rule}",
        files=(FileRef(finding.path, digest_of(text)),),
        finding=finding,
        region=region_at(finding.path, text=text, line=finding.span.start_line),
    )


def request_of(root: Path, *paths: str, may_create: bool = False) -> Task:
    """Returns a request in words about files."""
    files = {path: root / path for path in paths}
    refs = tuple(
        FileRef(path, digest_of(file.read_text()) if file.exists() else None)
        for path, file in files.items()
    )
    return Task(str(root), TaskKind.REQUEST, "Do something", refs, may_create=may_create)


def candidate_of(
    root: Path, after: Mapping[str, str], *, source: Source = Source.ENGINE
) -> Candidate:
    """Returns a candidate that makes these files hold these texts."""
    before = {path: (root / path).read_text() if (root / path).exists() else None for path in after}
    patch = patch_between(before, dict(after))
    return Candidate(patch.digest[:12], patch, Provenance(source))


def edited(root: Path, path: str, *, old: str, new: str) -> dict[str, str]:
    """Returns the file with a piece replaced, and checks that the piece is there."""
    text = (root / path).read_text()
    assert old in text
    return {path: text.replace(old, new)}
