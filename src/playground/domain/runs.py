"""A run is its list of events; everything else about it is derived here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from playground.domain.candidates import Candidate, Cost, Refused, Usage
from playground.domain.errors import BadInput
from playground.domain.events import (
    CandidateGenerated,
    CandidateReflected,
    CandidateRefused,
    CandidateTested,
    DecisionTaken,
    EngineSkipped,
    Event,
    EvidenceAdded,
    ForgettingRequested,
    MemoryRecalled,
    ProposalMade,
    RunEnded,
    TaskOpened,
)
from playground.domain.proposals import Amended, Critique, Decision, Proposal
from playground.domain.tasks import Policy, Task
from playground.domain.verdicts import Verdict

RUN_ID_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
"""Letters and digits that nobody mistakes for one another."""

RUN_ID_LENGTH = 12


@dataclass(frozen=True)
class Run:
    """One cycle: an append-only list of events that begins with `TaskOpened`."""

    id: str
    events: tuple[Event, ...]

    def with_event(self, event: Event) -> Run:
        """Returns the run with one more event."""
        return Run(self.id, (*self.events, event))

    @cached_property
    def opened(self) -> TaskOpened:
        """The first event."""
        first = self.events[0]
        if not isinstance(first, TaskOpened):
            raise TypeError(f"run {self.id} does not begin with TaskOpened")
        return first

    @property
    def task(self) -> Task:
        """What to improve."""
        return self.opened.task

    @property
    def policy(self) -> Policy:
        """The run's bounds."""
        return self.opened.policy

    @property
    def last(self) -> Event:
        """The newest event."""
        return self.events[-1]

    @cached_property
    def recalled(self) -> MemoryRecalled | None:
        """What memory gave, None before it was asked."""
        return next((e for e in self.events if isinstance(e, MemoryRecalled)), None)

    @cached_property
    def generations(self) -> tuple[CandidateGenerated, ...]:
        """Every generation step so far."""
        return tuple(e for e in self.events if isinstance(e, CandidateGenerated))

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """Every candidate that passed the door, oldest first."""
        return tuple(d for g in self.generations for d in g.drafts if isinstance(d, Candidate))

    @cached_property
    def refusals(self) -> tuple[Refused, ...]:
        """Every draft that the door refused, oldest first."""
        return tuple(d for g in self.generations for d in g.drafts if isinstance(d, Refused))

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """The gate's verdict by candidate id."""
        return {e.candidate_id: e.verdict for e in self.events if isinstance(e, CandidateTested)}

    @cached_property
    def refused_ids(self) -> frozenset[str]:
        """Candidates that a person's own node refused."""
        return frozenset(e.candidate_id for e in self.events if isinstance(e, CandidateRefused))

    @cached_property
    def nodes_done(self) -> frozenset[tuple[str, str]]:
        """Pairs of a person's own node and the candidate that it has looked at."""
        return frozenset(
            (e.node, e.candidate_id)
            for e in self.events
            if isinstance(e, EvidenceAdded | CandidateRefused)
        )

    @cached_property
    def critiques(self) -> dict[str, Critique]:
        """The review by candidate id."""
        return {
            e.critique.candidate_id: e.critique
            for e in self.events
            if isinstance(e, CandidateReflected)
        }

    def notes_of(self, candidate_id: str) -> tuple[str, ...]:
        """Returns what the doors and the person's own nodes noted about a candidate."""
        own = next((c.notes for c in self.candidates if c.id == candidate_id), ())
        added = (
            note
            for e in self.events
            if isinstance(e, EvidenceAdded) and e.candidate_id == candidate_id
            for note in e.notes
        )
        return (*own, *added)

    def candidate(self, candidate_id: str) -> Candidate:
        """Returns the candidate with this id.

        Raises:
            KeyError: there is none.
        """
        for candidate in self.candidates:
            if candidate.id == candidate_id:
                return candidate
        raise KeyError(candidate_id)

    @cached_property
    def usage(self) -> Usage:
        """Tokens of all engine calls so far."""
        total = Usage()
        for event in self.events:
            if isinstance(event, CandidateGenerated | CandidateReflected):
                total += event.usage
        return total

    @cached_property
    def cost(self) -> Cost:
        """Money for all engine calls so far."""
        total = Cost()
        for event in self.events:
            if isinstance(event, CandidateGenerated | CandidateReflected):
                total += event.cost
        return total

    @cached_property
    def skipped(self) -> dict[str, str]:
        """Why an engine could not be asked in this run, by its configured name."""
        return {e.engine: e.reason for e in self.events if isinstance(e, EngineSkipped)}

    @cached_property
    def seconds(self) -> float:
        """Wall seconds of work so far; the time that a person takes is not counted."""
        return sum(event.seconds for event in self.events)

    @cached_property
    def proposal(self) -> Proposal | None:
        """The newest proposal, decided or not."""
        made = [e.proposal for e in self.events if isinstance(e, ProposalMade)]
        return made[-1] if made else None

    @cached_property
    def decision(self) -> Decision | None:
        """The person's answer to the newest proposal, None while it waits."""
        for event in reversed(self.events):
            if isinstance(event, ProposalMade):
                return None
            if isinstance(event, DecisionTaken):
                return event.decision
        return None

    @cached_property
    def was_amended(self) -> bool:
        """Whether a person wrote a version of their own in this run."""
        return any(
            isinstance(e, DecisionTaken) and isinstance(e.decision, Amended) for e in self.events
        )

    @cached_property
    def forgotten(self) -> bool:
        """Whether a person asked memory to forget what this run taught."""
        return any(isinstance(event, ForgettingRequested) for event in self.events)

    @cached_property
    def blanked(self) -> bool:
        """Whether a person had the texts of this run taken out."""
        return any(isinstance(e, ForgettingRequested) and e.with_run for e in self.events)

    @property
    def waiting(self) -> Proposal | None:
        """The proposal that waits for a person now, None if none does."""
        return self.proposal if isinstance(self.last, ProposalMade) else None

    @property
    def ended(self) -> RunEnded | None:
        """How the run ended, None while it goes on."""
        return self.last if isinstance(self.last, RunEnded) else None


def one_run(found: Sequence[str], *, prefix: str) -> str:
    """Returns the one run id that a prefix means; an exact id wins.

    Args:
        found: all ids that begin with the prefix, oldest first.
        prefix: what a person gave.

    Raises:
        BadInput: none or several begin with it.
    """
    if prefix in found:
        return prefix
    if not found:
        raise BadInput(f"No run id begins with {prefix!r}; give the id of a run.")
    if len(found) > 1:
        raise BadInput(
            f"{len(found)} run ids begin with {prefix!r}, such as {found[0]} and {found[1]}; "
            "give more of it."
        )
    return found[0]
