"""The cases of the built-in recipes before the real analyzers and the gate's own eyes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from repair_cases import Case, cases

from playground.analyzers.gate.gate import StaticGate
from playground.analyzers.profile import RuleProfile
from playground.app import open_app
from playground.domain.candidates import Candidate, Provenance
from playground.domain.changes import digest_of, patch_between
from playground.domain.findings import Finding
from playground.domain.tasks import FileRef, Source, Task, TaskKind
from playground.domain.verdicts import CheckStatus
from playground.security.workspace import LocalWorkspace

MANIFEST = '[project]\nname = "cases"\nversion = "1"\nrequires-python = ">=3.11"\n'
PROFILE = RuleProfile(select=("E", "F", "B", "S", "SIM", "PL", "PERF", "TRY"))
KINDS = ("before", "after")
ANALYZED = frozenset({"target-remains", "target-unknown", "added"})
"""Objections that rest on findings, which all cases are asked about at once."""

OUTSIDE = frozenset({"ERA001"})
"""Rules that the default profile does not look for."""


@dataclass(frozen=True)
class Tried:
    """A case as two files of a tree, and what was found in each."""

    case: Case
    path: str
    before: tuple[Finding, ...]
    after: tuple[Finding, ...]

    @property
    def meant(self) -> list[Finding]:
        """The findings that the case is about."""
        own = self.case.finding
        return [f for f in self.before if (f.tool, f.rule) == (own.tool, own.rule)]


def _path(number: int, case: Case, *, kind: str) -> str:
    end = "__init__.py" if case.finding.rule == "F401" else "code.py"
    return f"{kind}{number}/{end}"


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[Tried]:
    root = tmp_path_factory.mktemp("repairs")
    (root / "pyproject.toml").write_text(MANIFEST)
    fitting = [case for case in cases() if case.after is not None]
    for number, case in enumerate(fitting):
        for kind, text in (("before", case.before), ("after", case.after or "")):
            file = root / _path(number, case, kind=kind)
            file.parent.mkdir()
            file.write_text(text)
            if case.finding.rule == "F401":
                (file.parent / "shop.py").write_text("class Shop: ...\n\n\ntotal = 0\n")
    with open_app(project=root) as app:
        survey = app.gate.survey(root, paths=())
    assert [check.detail for check in survey.checks if check.status is not CheckStatus.OK] == []
    by_path: dict[str, list[Finding]] = {}
    for finding in survey.findings:
        by_path.setdefault(finding.path, []).append(finding)
    found = [[by_path.get(_path(n, c, kind=k), []) for k in KINDS] for n, c in enumerate(fitting)]
    return [
        Tried(case, _path(number, case, kind="before"), tuple(before), tuple(after))
        for number, (case, (before, after)) in enumerate(zip(fitting, found, strict=True))
    ]


@pytest.mark.slow
@pytest.mark.xdist_group("built-in repairs")
def test_the_finding_is_where_the_case_says_and_gone_afterwards(
    seen: list[Tried],
) -> None:
    wrong: list[str] = []
    for tried in seen:
        own = tried.case.finding
        if own.rule in OUTSIDE:
            continue
        if own.span not in [f.span for f in tried.meant]:
            wrong.append(f"{tried.case.name}: found at {[f.span for f in tried.before]}")
        left = [f for f in tried.after if f.rule == own.rule]
        if len(left) >= len(tried.meant):
            wrong.append(f"{tried.case.name}: still there")
        known = {(f.tool, f.rule) for f in tried.before}
        new = [f"{f.rule} {f.message}" for f in tried.after if (f.tool, f.rule) not in known]
        wrong += [f"{tried.case.name}: new {one}" for one in new]
    assert "\n".join(wrong) == ""


@pytest.mark.slow
@pytest.mark.xdist_group("built-in repairs")
def test_the_gate_takes_what_they_make_for_a_repair(seen: list[Tried], tmp_path: Path) -> None:
    refused: dict[str, list[str]] = {}
    gate = StaticGate([], profile=PROFILE, workspace=LocalWorkspace(), scratch=tmp_path / "scratch")
    for number, tried in enumerate(seen):
        if tried.case.finding.rule in OUTSIDE or not tried.meant:
            continue
        folder = tmp_path / str(number)
        file = folder / tried.path
        file.parent.mkdir(parents=True)
        file.write_text(tried.case.before)
        finding = replace(tried.meant[0], fix=None)
        task = Task(
            root=str(folder),
            kind=TaskKind.REPAIR,
            goal="repair",
            files=(FileRef(tried.path, digest_of(tried.case.before)),),
            finding=finding,
        )
        after = tried.case.after or ""
        patch = patch_between({tried.path: tried.case.before}, {tried.path: after})
        candidate = Candidate(patch.digest[:12], patch, Provenance(Source.RECIPE))
        objections = gate.judge(task, candidate=candidate).objections
        said = [f"{o.code} {o.message}" for o in objections if o.code not in ANALYZED]
        refused |= {tried.case.name: said} if said else {}
    gate.close()
    assert refused == {}
