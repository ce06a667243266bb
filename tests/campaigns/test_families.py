from __future__ import annotations

from dataclasses import replace

import pytest

from playground.campaigns.canaries import canary_of, is_due
from playground.campaigns.families import families_of, is_same_change, why_alone
from playground.domain.changes import patch_between
from playground.domain.events import ProposalMade, TaskOpened
from playground.domain.findings import Finding, Severity, Span
from playground.domain.proposals import Critique, Proposal
from playground.domain.runs import Run
from playground.domain.tasks import Policy, Source, Task, TaskKind
from playground.domain.verdicts import RiskTier
from playground.testing.proposals import proposal_of


def proposed(number: int, *, path: str = "", after: str = "if x is None:\n") -> Proposal:
    name = path or f"f{number}.py"
    before = f"# {number}\nif x == None:\n"
    patch = patch_between({name: before}, {name: f"# {number}\n{after}"})
    return proposal_of(patch, run_id=f"run{number}")


def run_of(proposal: Proposal, *, rule: str = "E711") -> Run:
    path = proposal.patch.paths[0]
    finding = Finding("ruff", rule, "m", path, Span(2, 1, 2, 2), Severity.ERROR)
    task = Task("/r", TaskKind.REPAIR, "g", (), finding=finding)
    return Run(proposal.run_id, (TaskOpened(task, Policy()), ProposalMade(proposal)))


def test_like_changes_are_one_family_and_others_stand_alone() -> None:
    runs = [run_of(proposed(n)) for n in range(5)]
    runs.append(run_of(proposed(9, after="if x is not None:\n")))
    (family,), alone = families_of(runs, seed="s")
    assert family.members == tuple(runs[:5])
    assert len(family.shown) >= 3
    assert {run.id for run in family.samples} <= {run.id for run in runs[:5]}
    assert alone == runs[5:]
    assert families_of(runs, seed="s")[0] == [family]
    others = {families_of(runs, seed=str(n))[0][0].samples for n in range(9)}
    assert len(others) > 1


def test_changes_without_a_shape_stand_alone() -> None:
    runs = [run_of(proposed(n, after="if x  ==  None:\n")) for n in range(5)]
    assert families_of(runs, seed="s") == ([], runs)


@pytest.mark.parametrize("risk", [RiskTier.C, RiskTier.D])
def test_risk_never_joins_a_family(risk: RiskTier) -> None:
    whole = [proposed(n) for n in range(6)]
    risky = [replace(p, verdict=replace(p.verdict, risk=risk)) for p in whole]
    assert families_of([run_of(p) for p in risky], seed="s")[0] == []


@pytest.mark.parametrize("path", ["conftest.py", "setup.py", ".github/x.py", "a/sitecustomize.py"])
def test_what_runs_by_itself_never_joins_a_family(path: str) -> None:
    runs = [run_of(proposed(n)) for n in range(3)]
    odd = run_of(proposed(7, path=path))
    (family,), alone = families_of([*runs, odd], seed="s")
    assert odd not in family.members
    assert alone == [odd]


def test_doubts_notes_and_new_files_stand_alone() -> None:
    plain = proposed(1)
    doubt = Critique("c", "revise", "hm", "rules")
    new = proposal_of(patch_between({"n.py": None}, {"n.py": "x = 1\n"}))
    assert why_alone(plain) == ""
    assert why_alone(replace(plain, critique=doubt))
    assert why_alone(replace(plain, notes=("look",)))
    assert why_alone(new)


def test_the_odd_one_out_is_shown() -> None:
    runs = [run_of(proposed(n)) for n in range(30)]
    odd = proposed(17)
    odd = replace(odd, provenance=replace(odd.provenance, source=Source.TOOL))
    runs[17] = run_of(odd)
    (family,), _alone = families_of(runs, seed="s")
    assert runs[17] in family.outliers


def test_the_same_change_at_another_place_is_the_same() -> None:
    one = proposed(1, path="a.py")
    before = "# more\n# 1\nif x == None:\n"
    moved = patch_between({"a.py": before}, {"a.py": before.replace("==", "is")})
    assert is_same_change(one, replace(one, patch=moved, run_id="other"))
    assert not is_same_change(one, proposed(1, path="a.py", after="if x is not None:\n"))
    risk = replace(one.verdict, risk=RiskTier.C)
    assert not is_same_change(one, replace(one, verdict=risk))


def test_a_canary_differs_and_has_a_digest_of_its_own() -> None:
    one = proposed(1)
    canary = canary_of(one, seed="s")
    assert canary is not None
    assert canary.proposal.digest != one.digest
    assert canary.proposal.run_id != one.run_id
    assert canary.proposal.patch != one.patch
    assert canary_of(one, seed="s") == canary
    assert canary_of(proposed(2, after="pass\n"), seed="s") is None


def test_canaries_are_off_by_default_and_as_frequent_as_asked() -> None:
    assert not any(is_due(0.0, seed=str(n)) for n in range(200))
    assert all(is_due(1.0, seed=str(n)) for n in range(200))
    assert 20 < sum(is_due(0.2, seed=str(n)) for n in range(200)) < 60
