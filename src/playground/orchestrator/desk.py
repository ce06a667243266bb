"""The desk: where tasks are handed in and, for those who may, decisions are taken.

Who may decide is a type: `SubmittingDesk` has no way to record a decision, and surfaces where no
person sits get nothing else.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import suppress

from playground.domain.advice import command
from playground.domain.errors import BadInput, Conflict, PlaygroundError, Refusal, Stale
from playground.domain.events import (
    ChangeApplied,
    ChangeUndone,
    DecisionTaken,
    EpisodeForgotten,
    EpisodeLearned,
    Event,
    ForgettingRequested,
    ProposalMade,
    RunEnded,
    TaskOpened,
    UndoRequested,
)
from playground.domain.ports import Journal, Listener
from playground.domain.proposals import Decision
from playground.domain.rebasing import Carried
from playground.domain.runs import RUN_ID_ALPHABET, RUN_ID_LENGTH, Run
from playground.domain.tasks import Policy, Task
from playground.orchestrator.carrying import carried_over
from playground.orchestrator.orchestrator import Orchestrator
from playground.security.logs import get_logger

_OPENINGS_MAX = 100
_TO_BE_FINISHED = UndoRequested | ChangeUndone | ForgettingRequested | EpisodeForgotten


def new_run_id() -> str:
    """Returns 12 random characters that cannot be mistaken for each other (59 bits)."""
    return "".join(secrets.choice(RUN_ID_ALPHABET) for _ in range(RUN_ID_LENGTH))


class SubmittingDesk:
    """Opens runs and works on them; implements `Submitting`."""

    def __init__(
        self,
        journal: Journal,
        *,
        orchestrator: Orchestrator,
        policy: Callable[[], Policy],
        run_id: Callable[[], str] = new_run_id,
    ) -> None:
        self._journal = journal
        self._orchestrator = orchestrator
        self._policy = policy
        self._run_id = run_id

    def submit(self, task: Task, *, policy: Policy | None = None, run_id: str = "") -> str:
        """Opens a run, or finds the unfinished one with the same key; returns its id.

        Raises:
            Conflict: others open and end such runs faster than this one can be opened.
        """
        opened = TaskOpened(task, policy or self._policy())
        for _ in range(_OPENINGS_MAX):
            known = self._journal.newest_with_key(task.key)
            if known is not None and known.ended is None:
                return known.id
            wanted = run_id or self._run_id()
            try:
                self._journal.append(wanted, seq=0, event=opened)
            except Conflict:  # another process opened a run for this task, or with this id
                if run_id and self._is_known(run_id):
                    return run_id
            else:
                return wanted
        raise Conflict("Others open and end runs for the same task all the time; try again.")

    def carry(self, run_id: str, *, carried: Carried) -> str:
        """Opens a run with a waiting proposal's patch for a new version of its files.

        Raises:
            Refusal: nothing waits in that run.
        """
        old = self._journal.load(run_id)
        if old.proposal is None:
            raise Refusal(f"Run {run_id} has no proposal that could be carried over.")
        made = carried_over(old.proposal, carried=carried, policy=old.policy)
        new_id = self.submit(carried.task, policy=old.policy, run_id=carried.run_id)
        if new_id == old.id:
            raise Refusal(f"The files of run {run_id} are as they were.")
        with suppress(Conflict):  # a new run that is further along has its candidates already
            self._journal.append(new_id, seq=1, event=made)
        reason = f"Its file changed; run {new_id} has the change as it is now."
        self.withdraw(old.id, reason=reason)
        return new_id

    def withdraw(self, run_id: str, *, reason: str) -> None:
        """Ends a run that is about something that is no longer there and that nobody decided."""
        run = self._journal.load(run_id)
        if run.ended is None and run.decision is None:
            with suppress(Conflict):  # decided just now; it is refused if its file has changed
                self._journal.append(run.id, seq=len(run.events), event=RunEnded("stale", reason))

    def _is_known(self, run_id: str) -> bool:
        try:
            self._journal.load(run_id)
        except BadInput:
            return False
        return True

    def advance(
        self, run_id: str, *, listener: Listener | None = None, may_ask: bool = True
    ) -> Run:
        """Works on a run until it waits for a person, needs a right to write, or ends.

        With `may_ask` off it also stops before a model is asked.
        """
        return self._orchestrator.advance(run_id, listener=listener, may_ask=may_ask)

    def load(self, run_id: str) -> Run:
        """Returns a run by id or unique prefix."""
        return self._journal.load(self._journal.find(run_id))

    def waiting(self, *, root: str = "") -> list[Run]:
        """Returns runs whose proposals wait for a person, oldest first."""
        return [run for run in self._journal.runs(root=root, open_only=True) if run.waiting]

    def shaped_by(self, episode_id: str) -> list[Run]:
        """Returns runs with a proposal from a prompt that showed this episode, or its recipe."""
        return [
            run
            for run in self._journal.runs()
            if any(
                isinstance(e, ProposalMade) and episode_id in e.proposal.provenance.episodes
                for e in run.events
            )
        ]


class DecidingDesk(SubmittingDesk):
    """Also records decisions and writes what was approved; implements `Deciding`."""

    def advance(
        self, run_id: str, *, listener: Listener | None = None, may_ask: bool = True
    ) -> Run:
        """Works on a run until it waits for a person or ends, or may not ask a model."""
        return self._orchestrator.advance(
            run_id, listener=listener, may_write=True, may_ask=may_ask
        )

    def recover(self) -> list[Run]:
        """Finishes every run that was interrupted after a person's decision.

        Called when a surface opens, so that no approval is lost to a crash. A run that cannot be
        finished now, say because its folder is gone, stays open and stops nobody else's work.
        """
        decided = [
            run
            for run in self._journal.runs(open_only=True)
            if run.decision is not None or isinstance(run.last, _TO_BE_FINISHED)
        ]
        finished: list[Run] = []
        for run in decided:
            try:
                finished.append(self.advance(run.id))
            except PlaygroundError as error:
                get_logger("desk").warning("not recovered", run=run.id, reason=str(error))
        return finished

    def decide(self, run_id: str, *, decision: Decision, listener: Listener | None = None) -> Run:
        """Records a decision on the waiting proposal and works on.

        Raises:
            Refusal: nothing waits in this run, so it was decided already or has ended.
            Stale: the decision is for another proposal than the one that waits.
        """
        run = self.load(run_id)
        proposal = run.waiting
        if proposal is None:
            raise Refusal(f"Run {run.id} has no proposal waiting; see {command('show', run.id)}.")
        if decision.proposal_digest != proposal.digest:
            raise Stale(f"The proposal of run {run.id} is not the one that was seen; look again.")
        self._record(run, DecisionTaken(decision, at=time.time()))
        return self.advance(run.id, listener=listener)

    def undo(self, run_id: str, *, by: str, where: str) -> Run:
        """Takes an applied change back.

        Raises:
            Refusal: nothing of this run is applied, or a file was changed since.
        """
        run = self.load(run_id)
        if not _applied(run):
            raise Refusal(f"Run {run.id} has no applied change to take back.")
        if run.blanked:
            raise Refusal(
                f"The texts of run {run.id} were forgotten, so nobody knows what was there before; "
                "take the change back by hand."
            )
        if run.ended is None:
            run = self.advance(run.id)
            if not _applied(run):  # others were at it already
                return run
        self._record(run, UndoRequested(by, where, at=time.time()))
        after = self.advance(run.id)
        if _applied(after):
            raise Stale(after.ended.reason if after.ended else "The change was not taken back.")
        return after

    def forget(self, run_id: str, *, by: str, where: str, with_run: bool = False) -> Run:
        """Takes what a run taught out of memory and of the runs that recalled it, for good.

        Args:
            run_id: the run.
            by: who asks.
            where: on which surface.
            with_run: whether the texts of the run itself go too; it cannot be undone any more.

        Raises:
            Refusal: nothing was learned from it.
        """
        run = self.load(run_id)
        taught = any(isinstance(e, EpisodeLearned) and e.episode_id for e in run.events)
        if run.ended is None or not taught:
            raise Refusal(f"Run {run.id} has taught nothing, so there is nothing to forget.")
        asked = ForgettingRequested(by, where, at=time.time(), with_run=with_run)
        self._record(run, asked)
        return self.advance(run.id)

    def _record(self, run: Run, event: Event) -> None:
        try:
            self._journal.append(run.id, seq=len(run.events), event=event)
        except Conflict as error:
            advice = f"{command('show', run.id)} says how"
            raise Stale(f"Run {run.id} was decided elsewhere just now; {advice}.") from error


def _applied(run: Run) -> bool:
    kinds = [type(e) for e in run.events if isinstance(e, ChangeApplied | ChangeUndone)]
    return bool(kinds) and kinds[-1] is ChangeApplied
