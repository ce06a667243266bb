"""A campaign dies at every moment and is started again; nothing is lost and nothing repeated."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from campaign_world import CampaignWorld, InlineExecutor, answer, module, repaired

from playground.campaigns.moves import Why
from playground.campaigns.opening import newest
from playground.campaigns.session import Pace
from playground.domain.campaigns import ItemSettled, Records
from playground.domain.events import CandidateGenerated, ChangeApplied, RunEnded
from playground.domain.ports import GenerationRequest
from playground.domain.proposals import Approved, Rejected
from playground.domain.tasks import Source
from playground.journal.sqlite import SqliteJournal
from playground.security.workspace import LocalWorkspace
from playground.testing.crash import Durable, Trace, crash_everywhere, simulate
from playground.testing.journal import MemoryJournal

FILES = {"a.py": ("one", "two", "three"), "b.py": ("four", "five")}
REJECTED = "four"
FINDINGS = 5


class Sweep:
    """Five findings in two files; a person approves all but one, in the order that they see."""

    def __init__(self, *, on_disk: bool = False, power_cuts: bool = False) -> None:
        self._power_cuts = power_cuts
        self._folder = tempfile.TemporaryDirectory()
        self._in_memory = None if on_disk else MemoryJournal()
        self.root = Path(self._folder.name) / "repo"
        self.root.mkdir()
        for path, names in FILES.items():
            (self.root / path).write_text(module(*names))
        self.asked: list[str] = []
        self.starts = 0

    def journal(self) -> Records:
        return self._in_memory or SqliteJournal(Path(self._folder.name) / "journal.sqlite")

    def workspace(self, checkpoint: Callable[[str], None]) -> LocalWorkspace:
        return LocalWorkspace(checkpoint=checkpoint)

    def build(self, durable: Durable) -> CampaignWorld:
        self._nothing_is_half_written()
        if self._power_cuts and self._in_memory:
            self._in_memory.power_cut()
        self.starts += 1
        records = durable.journal

        def answered(request: GenerationRequest) -> str:
            self.asked.append(request.id)
            return answer(request)

        root = str(self.root)
        return CampaignWorld(records, durable.workspace, list(FILES), root=root, answer=answered)

    def drive(self, system: CampaignWorld) -> None:
        now, looks = 1_000.0 * self.starts, count(0, 1_000)  # of those who died no sign comes
        pace = Pace(
            now=lambda: now,
            steady=lambda: float(next(looks)),
            executor=lambda _n: InlineExecutor(),
            idle_s=0.0,
        )
        assert isinstance(system.desk, type(system.desk))
        recover = system.desk.recover
        recover()
        before = newest(system.journal, root=str(self.root))
        campaign = before or system.opened(at=now)
        for _ in range(FINDINGS + 2):
            if system.session(campaign, pace).run() is Why.ENDED:
                return
            run = system.desk.waiting()[0]
            proposal = run.waiting
            assert proposal is not None
            seen = proposal.digest
            rejects = run.task.finding is not None and run.task.finding.symbol == REJECTED
            decision = Rejected("ada", "t", seen, "no") if rejects else Approved("ada", "t", seen)
            system.desk.decide(run.id, decision=decision)

    def _nothing_is_half_written(self) -> None:
        for path, names in FILES.items():
            parts = (self.root / path).read_text().split("\n\n\n")
            assert len(parts) == len(names)

    def check(self, trace: Trace) -> None:
        for path, names in FILES.items():
            wanted = [n if n == REJECTED else repaired(module(n)) for n in names]
            whole = "\n\n".join(module(n) if n == REJECTED else n for n in wanted)
            assert (self.root / path).read_text() == whole, (path, trace.crashes)
        journal = self.journal()
        try:
            assert journal.verify().problems == ()
            self._check_records(journal, trace)
        finally:
            journal.close()
            self._folder.cleanup()

    def _check_records(self, journal: Records, trace: Trace) -> None:
        (campaign_id,) = journal.campaigns()
        events = journal.campaign_events(campaign_id)
        settled = Counter(e.number for e in events if isinstance(e, ItemSettled) and e.seconds)
        assert set(settled) <= set(range(1, FINDINGS + 1))
        runs = journal.runs()
        applied = Counter(
            run.task.finding.symbol
            for run in runs
            if run.task.finding and any(isinstance(e, ChangeApplied) for e in run.events)
        )
        assert applied == {n: 1 for names in FILES.values() for n in names if n != REJECTED}
        assert all(isinstance(run.last, RunEnded) for run in runs)
        self._asked_once(journal, trace)

    def _asked_once(self, journal: Records, trace: Trace) -> None:
        """The model is asked again only if death came before its answer was recorded."""
        made = [
            event
            for run in journal.runs()
            for event in run.events
            if isinstance(event, CandidateGenerated) and event.source is not Source.CARRIED
        ]
        lost = sum(name == "before append CandidateGenerated" for _n, name in trace.crashes)
        assert len(made) == FINDINGS
        assert FINDINGS <= len(self.asked) <= FINDINGS + lost


@pytest.mark.slow
def test_one_death_at_every_moment() -> None:
    moments = 0
    for trace, scenario in crash_everywhere(Sweep):
        scenario.check(trace)
        moments += 1
    assert moments > 60


@pytest.mark.parametrize("seed", range(3))
def test_many_deaths_at_random_moments(seed: int) -> None:
    scenario = Sweep()
    trace = simulate(seed, scenario, share=0.1)
    assert trace.starts > 3
    scenario.check(trace)


@pytest.mark.parametrize("seed", range(200, 203))
def test_many_power_cuts_that_lose_what_was_not_flushed(seed: int) -> None:
    scenario = Sweep(power_cuts=True)
    trace = simulate(seed, scenario, share=0.1)
    assert trace.starts > 3
    scenario.check(trace)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 120))
def test_many_more_deaths_with_the_journal_on_disk(seed: int) -> None:
    scenario = Sweep(on_disk=True)
    trace = simulate(seed, scenario, share=0.1)
    scenario.check(trace)
