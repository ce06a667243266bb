"""The one interface of every node."""

from __future__ import annotations

from abc import ABC, abstractmethod

from playground.domain.candidates import Candidate
from playground.domain.events import CandidateRefused, CandidateTested, Event, EvidenceAdded
from playground.domain.runs import Run


class BaseNode(ABC):
    """One step of a run.

    A node reads the run and returns the one event that its step makes. It writes nothing down
    and may be run twice without harm: the orchestrator appends the event, or is killed before
    it does and runs the node again.

    A person's own node derives from this class and is named in `cycles.nodes` of their own
    configuration. It looks at `under_review(input_data)` and returns what `evidence` or `refuse`
    makes; every other event is refused, so it can neither approve nor write.
    """

    name: str = ""

    @abstractmethod
    def run(self, input_data: Run) -> Event:
        """Returns the event of this step."""

    def recorded(self, run: Run) -> bool:
        """Is told when its event is the newest of the run, unless a kill comes first.

        Returns:
            Whether the run has to be read anew, because others had overtaken what was recorded.
        """
        del run
        return False

    @staticmethod
    def under_review(run: Run) -> Candidate:
        """Returns the candidate that the gate judged last.

        Raises:
            LookupError: nothing was judged yet.
        """
        for event in reversed(run.events):
            if isinstance(event, CandidateTested):
                return run.candidate(event.candidate_id)
        raise LookupError("no candidate was judged yet")

    def evidence(self, run: Run, *notes: str) -> EvidenceAdded:
        """Returns the event that adds sentences to what the person will read."""
        return EvidenceAdded(self.name, self.under_review(run).id, notes)

    def refuse(self, run: Run, reason: str) -> CandidateRefused:
        """Returns the event that takes the candidate out, with the reason."""
        return CandidateRefused(self.name, self.under_review(run).id, reason)
