"""The typed, frozen, past-tense events that a run consists of.

`seconds` is the wall time of the step that made the event; the time that a person takes is
never counted.
"""

from __future__ import annotations

from dataclasses import dataclass

from playground.domain.candidates import Candidate, Cost, Refused, Usage
from playground.domain.episodes import Recollection
from playground.domain.proposals import Critique, Decision, Proposal
from playground.domain.tasks import Policy, Source, Task
from playground.domain.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class TaskOpened:
    """The run began with this task and these bounds."""

    task: Task
    policy: Policy
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class MemoryRecalled:
    """Episodes like this task; empty when memory is empty or off.

    Attributes:
        recalled: approved episodes, shown as examples.
        avoid: rejected episodes whose reasons are shown.
        trouble: why memory could not be asked, "" when it could.
        recipes: names of the approved recipes that fit here, in the order to be tried.
    """

    recalled: tuple[Recollection, ...]
    avoid: tuple[Recollection, ...] = ()
    trouble: str = ""
    seconds: float = 0.0
    recipes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CandidateGenerated:
    """One generation step gave these candidates and refusals, in the order to be tried.

    Attributes:
        engine: configured name of the engine that was asked, "" for the run's first one or none.
    """

    source: Source
    drafts: tuple[Candidate | Refused, ...]
    seconds: float = 0.0
    engine: str = ""

    @property
    def usage(self) -> Usage:
        """Tokens of all calls of the step."""
        total = Usage()
        for draft in self.drafts:
            total += draft.provenance.usage
        return total

    @property
    def cost(self) -> Cost:
        """Money for all calls of the step."""
        total = Cost()
        for draft in self.drafts:
            total += draft.provenance.cost
        return total


@dataclass(frozen=True, slots=True)
class EngineSkipped:
    """An engine could not be asked, so this run goes on without it.

    Attributes:
        engine: its configured name, "" for the default one.
        reason: one sentence: it is down, or a limit or a budget of it is reached.
    """

    engine: str
    reason: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class CandidateTested:
    """The gate judged a candidate."""

    candidate_id: str
    verdict: Verdict
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class EvidenceAdded:
    """A person's own node looked at a candidate and added sentences to its evidence."""

    node: str
    candidate_id: str
    notes: tuple[str, ...]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class CandidateRefused:
    """A person's own node refused a candidate that the gate had passed."""

    node: str
    candidate_id: str
    reason: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class CandidateReflected:
    """A candidate was reviewed with its verdict in hand.

    Attributes:
        engine: configured name of the engine that was asked, "" when none was.
        cost: money for the call.
    """

    critique: Critique
    usage: Usage = Usage()
    seconds: float = 0.0
    engine: str = ""
    cost: Cost = Cost()


@dataclass(frozen=True, slots=True)
class ProposalMade:
    """A verified candidate began to wait for a person."""

    proposal: Proposal
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class DecisionTaken:
    """A person decided.

    Attributes:
        at: seconds since the epoch, UTC.
    """

    decision: Decision
    at: float
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class FileWritten:
    """A file's digests before and after a write; None stands for no file."""

    path: str
    before_sha256: str | None
    after_sha256: str | None


@dataclass(frozen=True, slots=True)
class ChangeApplied:
    """The approved patch is on disk."""

    files: tuple[FileWritten, ...]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class UndoRequested:
    """A person asked for the applied patch to be taken back."""

    by: str
    where: str
    at: float
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ChangeUndone:
    """The files are as they were before the patch."""

    files: tuple[FileWritten, ...]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class EpisodeLearned:
    """The decided run is in memory; `episode_id` is "" when there was nothing to learn."""

    episode_id: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ForgettingRequested:
    """A person asked memory to forget what this run taught; nothing of it is learned again.

    Attributes:
        at: seconds since the epoch, UTC.
        with_run: whether the texts of this run are to go too.
    """

    by: str
    where: str
    at: float
    seconds: float = 0.0
    with_run: bool = False


@dataclass(frozen=True, slots=True)
class EpisodeForgotten:
    """The run's episode is no longer in memory; `found` is False when it was not there before.

    Attributes:
        runs: ids of the runs that recalled it; its texts were taken out of them.
    """

    found: bool
    seconds: float = 0.0
    runs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The run is over.

    Attributes:
        outcome: "applied", "rejected", "gave_up", "unavailable", "stale" or "undone".
        reason: one sentence that a person can act on.
    """

    outcome: str
    reason: str
    seconds: float = 0.0


Event = (
    TaskOpened
    | MemoryRecalled
    | CandidateGenerated
    | EngineSkipped
    | CandidateTested
    | EvidenceAdded
    | CandidateRefused
    | CandidateReflected
    | ProposalMade
    | DecisionTaken
    | ChangeApplied
    | UndoRequested
    | ChangeUndone
    | EpisodeLearned
    | ForgettingRequested
    | EpisodeForgotten
    | RunEnded
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it lies in the journal; `at` is seconds since the epoch, UTC."""

    run_id: str
    seq: int
    at: float
    event: Event
