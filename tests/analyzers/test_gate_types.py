"""Type errors are repaired and brought in across files, as the real checker sees them."""

from __future__ import annotations

from pathlib import Path

import pytest
from analysis_world import candidate_of, edited, gate_over, put, repair_of, request_of

from playground.analyzers import pyright
from playground.analyzers.profile import AnalyzerContext
from playground.domain.verdicts import CheckStatus, Conclusion, How

NAMES = """from __future__ import annotations


def shout(name: str | None):
    return name.upper()
"""
USER = """from names import shout

loud: str = shout("x")
"""


@pytest.mark.slow
def test_a_type_repair_is_judged_in_every_file_that_it_reaches(tmp_path: Path) -> None:
    root = put(tmp_path / "repo", {"names.py": NAMES, "user.py": USER})
    checker = pyright.create(AnalyzerContext(tmp_path / "tools", timeout_s=60.0))
    with gate_over(tmp_path, analyzers=[checker]) as gate:
        survey = gate.survey(root, paths=())
        finding = next(f for f in survey.findings if f.tool == "pyright")
        assert (finding.rule, finding.path) == ("reportOptionalMemberAccess", "names.py")
        task = repair_of(root, finding)

        line = "    return name.upper()\n"
        raising = f'    if name is None:\n        raise ValueError("no name")\n{line}'
        good = candidate_of(root, edited(root, "names.py", old=line, new=raising))
        verdict = gate.judge(task, candidate=good)
        assert verdict.passed, verdict.objections
        assert [(v.finding.rule, v.how) for v in verdict.fixed] == [(finding.rule, How.REPAIRED)]
        assert [check.tool for check in verdict.checks] == ["ruff", "pyright"]

        optional = f"    if name is None:\n        return None\n{line}"
        spilling = candidate_of(root, edited(root, "names.py", old=line, new=optional))
        verdict = gate.judge(task, candidate=spilling)
        assert verdict.conclusion is Conclusion.FAILED
        assert [(f.path, f.rule) for f in verdict.added] == [("user.py", "reportAssignmentType")]


@pytest.mark.slow
def test_a_small_candidate_that_hangs_the_checker_is_never_shown(tmp_path: Path) -> None:
    root = put(tmp_path / "repo", {"names.py": NAMES})
    checker = pyright.create(AnalyzerContext(tmp_path / "tools", timeout_s=8.0))
    with gate_over(tmp_path, analyzers=[checker]) as gate:
        line = "    return name.upper()\n"
        nested = "print(" + "max([lambda y: " * 12 + "y" + "], key=len)" * 12 + ")"
        bomb = f'    if name is None:\n        raise ValueError("none")\n    {nested}\n{line}'
        candidate = candidate_of(root, edited(root, "names.py", old=line, new=bomb))
        # In a repair such code is refused before a checker sees it; a request may ask for any.
        verdict = gate.judge(request_of(root, "names.py"), candidate=candidate)
    assert verdict.conclusion is Conclusion.INCONCLUSIVE, verdict.objections
    assert verdict.checks[-1].status is CheckStatus.TIMEOUT
