"""Working on one finding's turn: is it anybody else's, open its run, bring it to rest."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from playground.campaigns.joining import Joining
from playground.domain.advice import command
from playground.domain.candidates import Usage
from playground.domain.errors import PlaygroundError
from playground.domain.runs import Run
from playground.domain.tasks import Policy, Task
from playground.surfaces.asking.conversation import Answer
from playground.surfaces.stage.views import AppView
from playground.surfaces.working.agenda import Turn
from playground.surfaces.working.outcomes import Outcome, Result

_SETTLED = {
    "rejected": "you rejected a change for it while the file was as it is now",
    "undone": "you took a change for it back, and the file is as it was before",
}
_OUTCOMES = {"gave_up": Outcome.GAVE_UP, "unavailable": Outcome.ERROR}
"""What a run without a proposal came to; any other end means that it was left aside."""

Advance = Callable[[str, Turn], Run]
"""Brings the run of this id to rest, as far as the turn lets it."""


@dataclass(frozen=True, slots=True)
class Worked:
    """What became of a turn.

    Attributes:
        turn: whose it was.
        run: at rest, None where it was left aside or something went wrong.
        aside: why it was left to others or to nobody, "" where it was not.
        error: what went wrong, None where nothing did.
        spent: tokens of this turn.
        seconds: wall seconds, those of its first turn included.
        notes: what is to be told of it.
    """

    turn: Turn
    run: Run | None = None
    aside: str = ""
    error: BaseException | None = None
    spent: Usage = Usage()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def is_put_off(self) -> bool:
        """Whether the run goes on when it is its turn with the model."""
        run = self.run
        if run is None or self.turn.may_ask:
            return False
        return run.waiting is None and run.ended is None and run.decision is None

    @property
    def is_stale(self) -> bool:
        """Whether its file was changed before there was anything to show."""
        ended = self.run.ended if self.run is not None else None
        return ended is not None and ended.outcome == "stale"

    @property
    def result(self) -> Result:
        """What is told of it."""
        finding = self.turn.finding
        if self.aside:
            return Result(Outcome.SKIPPED, finding, reason=self.aside)
        if self.run is None:
            return Result(Outcome.ERROR, finding, reason=str(self.error), seconds=self.seconds)
        told = result_of(self.run, before=Usage())
        return replace(told, usage=self.spent, seconds=self.seconds)


class Turning:
    """Takes turns in one thread, beside a campaign of the same repository.

    Args:
        app: the product.
        root: the repository.
        engine: configured name of the engine, "" for the default one.
    """

    def __init__(self, app: AppView, *, root: Path, engine: str) -> None:
        self._app = app
        self._engine = engine
        self._joining = Joining(app.journal, root=str(root))

    def work(
        self, turn: Turn, *, advance: Advance, prepare: Callable[[Turn], None] | None = None
    ) -> Worked:
        """Brings a turn's run to rest; trouble is part of what is returned.

        Args:
            turn: whose finding is nobody else's.
            advance: does it.
            prepare: called before a run is opened.

        Raises:
            Exception: what is no `PlaygroundError`.
        """
        started = time.monotonic()
        try:
            aside = self._settled_before(turn.task) or self._joining.take(turn.task)
            if aside:
                return Worked(turn, aside=aside)
            if prepare is not None:
                prepare(turn)
            worked = self._advanced(turn, advance=advance)
        except PlaygroundError as error:
            worked = Worked(turn, error=error)
        return replace(worked, seconds=turn.spent_s + time.monotonic() - started)

    def close(self) -> None:
        """Gives back what is held."""
        self._joining.close()

    def _advanced(self, turn: Turn, *, advance: Advance) -> Worked:
        at_rest: Run | None = None
        try:
            policy = policy_for(self._app, self._engine)
            run_id = self._app.desk.submit(turn.task, policy=policy)
            before = self._app.desk.load(run_id).usage
            at_rest = run = advance(run_id, turn)
        finally:
            self._joining.settle(at_rest)
        return Worked(turn, run, spent=result_of(run, before=before).usage)

    def _settled_before(self, task: Task) -> str:
        known = self._app.journal.newest_with_key(task.key)
        if known is None or known.ended is None:
            return ""
        sentence = _SETTLED.get(known.ended.outcome, "")
        return f"{sentence} ({command('show', known.id)})" if sentence else ""


def policy_for(app: AppView, engine: str) -> Policy | None:
    """Returns the configured bounds for a named engine, None for the default one's."""
    return app.manager.config.policy(engine=engine) if engine else None


def result_of(run: Run, *, before: Usage) -> Result:
    """Returns what became of a run that was just worked on.

    Args:
        run: as it is now.
        before: tokens it had spent before this command.
    """
    spent = run.usage - before
    finding, ended = run.task.finding, run.ended
    if run.waiting is not None:
        return Result(Outcome.PROPOSED, finding, run, usage=spent)
    if ended is None:
        reason = "it was decided, but the change could not be carried out here"
        return Result(Outcome.ERROR, finding, run, reason=reason, usage=spent)
    if ended.outcome == "applied":
        approved = Answer.APPROVED
        return Result(Outcome.PROPOSED, finding, run, answer=approved, usage=spent)
    outcome = _OUTCOMES.get(ended.outcome, Outcome.SKIPPED)
    return Result(outcome, finding, run, reason=ended.reason, usage=spent)
