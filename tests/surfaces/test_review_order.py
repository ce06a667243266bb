"""What waits for a person is shown in the order of how much thought it takes."""

from __future__ import annotations

from dataclasses import replace

from playground.domain.candidates import Provenance
from playground.domain.changes import patch_between
from playground.domain.events import ProposalMade, TaskOpened
from playground.domain.proposals import Proposal
from playground.domain.runs import Run
from playground.domain.tasks import Policy, Source, Task, TaskKind
from playground.domain.verdicts import Aspect, Conclusion, Fact, RiskTier, Verdict
from playground.surfaces.asking.reviewing import in_order
from playground.surfaces.working.lines import behaviour_object

VERDICT = Verdict(Conclusion.PASSED, (), (), 0, (), (), RiskTier.A)
CALLS = Fact(Aspect.CALLS, removed=("a",), added=("b",))


def waiting(name: str, risk: RiskTier, *, facts: tuple[Fact, ...] = (), lines: int = 1) -> Run:
    verdict = replace(VERDICT, risk=risk, facts=facts)
    patch = patch_between({"a.py": ""}, {"a.py": "x\n" * lines})
    proposal = Proposal(name, "c", "goal", patch, verdict, None, Provenance(Source.TOOL))
    opened = TaskOpened(Task("/repo", TaskKind.REQUEST, "goal", ()), Policy())
    return Run(name, (opened, ProposalMade(proposal)))


def test_low_risk_comes_first_and_then_what_changes_less() -> None:
    runs = [
        waiting("unknown", RiskTier.D),
        waiting("named", RiskTier.C, facts=(CALLS, Fact(Aspect.IO, added=("open(x)",)))),
        waiting("named, once", RiskTier.C, facts=(CALLS, Fact(Aspect.IO)), lines=9),
        waiting("proved, long", RiskTier.A, lines=3),
        waiting("proved", RiskTier.A),
        waiting("proved, newer", RiskTier.A),
    ]
    names = ["proved", "proved, newer", "proved, long", "named, once", "named", "unknown"]
    assert [run.id for run in in_order(runs)] == names


def test_behaviour_is_told_to_programs() -> None:
    assert behaviour_object((CALLS, Fact(Aspect.IO))) == {
        "unchanged": ["I/O calls"],
        "changed": {"other calls": {"removed": ["a"], "added": ["b"]}},
    }
