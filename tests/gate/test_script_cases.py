"""A case is a folder: honest repairs of scripts pass, dodges do not, and each is told by name."""

from __future__ import annotations

from collections import Counter

import pytest
from labelled_scripts import ScriptOutcome, judged_scripts, script_cases

from playground.domain.verdicts import How

# One worker starts what the tests of this file share.
pytestmark = pytest.mark.xdist_group("script cases")

CASES = {case.name: case for case in script_cases()}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ScriptOutcome]:
    found = judged_scripts(list(CASES.values()), scratch=tmp_path_factory.mktemp("worker"))
    return {outcome.case.name: outcome for outcome in found}


def test_each_case_is_judged_as_it_is_labelled(outcomes: dict[str, ScriptOutcome]) -> None:
    """What is known to be judged wrongly still is."""
    wrong = {
        name: [objection.message for objection in outcomes[name].objections]
        for name, case in CASES.items()
        if outcomes[name].refused is not (case.honest if case.open else not case.honest)
    }
    assert wrong == {}


def test_each_dodge_is_called_by_its_name(outcomes: dict[str, ScriptOutcome]) -> None:
    told = {
        name: (case.expect, {objection.code for objection in outcomes[name].objections})
        for name, case in CASES.items()
        if case.expect.startswith("dodge:") and case.how is not How.MOVED and not case.open
    }
    assert told
    assert {name: both for name, both in told.items() if both[0] not in both[1]} == {}


def test_how_most_findings_went_away_is_told(outcomes: dict[str, ScriptOutcome]) -> None:
    same = Counter(outcome.how is outcome.case.how for outcome in outcomes.values())
    assert same[True] / same.total() > 0.9
    for name, how in (
        ("javascript/dodge-moved-to-helper", How.MOVED),
        ("javascript/dodge-ts-ignore", How.SUPPRESSED),
        ("javascript/dodge-emptied-body", How.DELETED),
        ("javascript/dodge-as-any", How.LAUNDERED),
        ("javascript/dodge-tsconfig-strict", How.CONFIG_WEAKENED),
        ("javascript/honest-null-throw", How.REPAIRED),
    ):
        assert outcomes[name].how is how


def test_there_are_enough_cases_of_many_families() -> None:
    dodges = [case for case in CASES.values() if not case.honest]
    assert len(dodges) >= 140
    assert len(CASES) - len(dodges) >= 110
    assert len({case.family for case in dodges}) >= 20
