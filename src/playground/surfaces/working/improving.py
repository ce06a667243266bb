"""Working through findings: survey, plan, one cycle each, ask, look again where files changed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Protocol

from playground.campaigns.at_hand import AtHand
from playground.campaigns.planning import Plan, plan
from playground.campaigns.session import Halted
from playground.domain.advice import command
from playground.domain.errors import (
    BadInput,
    ModelMissing,
    PlaygroundError,
    StorageUnavailable,
    Tampered,
    Unavailable,
)
from playground.domain.ports import Survey
from playground.domain.runs import Run
from playground.domain.verdicts import Check, CheckStatus
from playground.surfaces.asking.conversation import Answer, Conversation, Talked
from playground.surfaces.asking.renewing import as_before
from playground.surfaces.rendering.progress import working
from playground.surfaces.stage.stage import Stage
from playground.surfaces.stage.views import AppView
from playground.surfaces.working.advancing import advanced
from playground.surfaces.working.agenda import Agenda, Turn
from playground.surfaces.working.ahead import Ahead
from playground.surfaces.working.outcomes import Outcome, Result, Totals
from playground.surfaces.working.scope import Scope
from playground.surfaces.working.turning import Turning, Worked
from playground.surfaces.working.weights import Weights

_FAILURES_MAX = 3
"""So many missing parts in a row end the command, because the next one would be missing too."""

_CHANGED = "Its file was changed before a model was asked about it."


class Report(Protocol):
    """Where the course of the work is told."""

    def surveyed(self, survey: Survey, *, tasks: int) -> None:
        """Tells what was found, before the first finding is worked on."""
        ...

    def finished(self, result: Result) -> None:
        """Tells what became of one finding, before a person is asked."""
        ...

    def ended(self, totals: Totals, *, survey: Survey) -> None:
        """Tells the sums."""
        ...


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person asked for.

    Attributes:
        scope: where.
        rules: rule ids or prefixes, empty for the whole profile.
        tries_max: findings to try at most, None for all.
        ask: whether a person is asked about each proposal.
        engine: name of the configured engine, "" for the default one.
    """

    scope: Scope
    rules: tuple[str, ...] = ()
    tries_max: int | None = None
    ask: bool = False
    engine: str = ""


def no_answers(checks: Sequence[Check]) -> tuple[str, ...]:
    """Returns a sentence for each analyzer that gave no answer."""
    return tuple(
        f"{check.tool} gave no answer ({check.status}): {check.detail or 'no detail'}"
        for check in checks
        if check.status is not CheckStatus.OK
    )


class Improving:
    """One `improve` command."""

    def __init__(self, app: AppView, *, stage: Stage, wishes: Wishes, report: Report) -> None:
        """Takes the product, the person's stage, what is wished and where to tell of it."""
        self._app = app
        self._screen = stage.screen
        self._wishes = wishes
        self._report = report
        self._weights = Weights(app, screen=stage.screen, engine=wishes.engine)
        self._conversation = Conversation(app, stage=stage) if wishes.ask else None
        self._at_hand = at_hand(app, engine=wishes.engine)
        self._agenda = Agenda(wishes.tries_max)
        self._turning, self._turning_ahead = (
            Turning(app, root=wishes.scope.root, engine=wishes.engine) for _ in range(2)
        )
        self._ahead = Ahead(app, agenda=self._agenda, work=self._turning_ahead.work)
        self._landed: list[Run] = []
        self._started = time.monotonic()
        self._results: list[Result] = []
        self._failures = 0
        self._unavailable = False
        self._quit = False

    def run(self) -> int:
        """Works until nothing is left, the person quits or a needed part is missing.

        Returns:
            The exit code.
        """
        with closing(self._turning), closing(self._turning_ahead), closing(self._ahead):
            return self._run()

    def _run(self) -> int:
        survey = self._surveyed(self._wishes.scope.paths)
        known = {finding.fingerprint for finding in survey.findings}
        course = self._planned(survey)
        self._report.surveyed(survey, tasks=self._agenda.expected)
        self._tell_of_empty_places(survey)
        self._leave(course)
        if len(course.tasks) > 1:
            self._app.gate.prepare(self._wishes.scope.root)
        while not self._is_over() and (worked := self._next()) is not None:
            result = self._taken(worked)
            changed = self._changed_by(result)
            if result is not None and changed:
                self._landed += [result.run] if result.run else []
                for run_id in self._agenda.changed(changed, fixed=_fixed_by(result)):
                    self._app.desk.withdraw(run_id, reason=_CHANGED)
                survey = self._looked_again(survey, changed)
                self._planned(survey)
                known |= {finding.fingerprint for finding in survey.findings}
        self._stop()
        totals = self._totals(survey, found=len(known))
        self._report.ended(totals, survey=survey)
        return totals.exit_code(asked=self._wishes.ask, unavailable=self._unavailable)

    def _tell_of_empty_places(self, survey: Survey) -> None:
        """Says on which of the lines that the person named there is nothing to repair."""
        for path, line in self._wishes.scope.empty_places(survey.findings):
            ways = f"{command('check', paths=[path])} lists those of the file"
            self._screen.tell(f"No finding lies on {path}:{line}; {ways}.", style="yellow")

    def _surveyed(self, paths: tuple[str, ...]) -> Survey:
        root = self._wishes.scope.root
        what = ", ".join(paths) or str(root)
        with working(self._screen, label=f"Analysing {what}"):
            survey = self._app.gate.survey(root, paths=paths, rules=self._wishes.rules)
        return self._wishes.scope.narrowed(survey)

    def _looked_again(self, survey: Survey, changed: Sequence[str]) -> Survey:
        """Returns the survey with the changed files analysed anew."""
        inside = self._wishes.scope.among([p for p in changed if self._exists(p)])
        fresh = self._surveyed(inside).findings if inside else ()
        kept = tuple(f for f in survey.findings if f.path not in changed)
        return replace(survey, findings=(*kept, *fresh))

    def _exists(self, path: str) -> bool:
        return (self._wishes.scope.root / path).is_file()

    def _planned(self, survey: Survey) -> Plan:
        course = plan(
            survey,
            workspace=self._app.workspace,
            named=self._wishes.scope.named,
            at_hand=self._at_hand,
        )
        self._agenda.plan(course)
        return course

    def _leave(self, course: Plan) -> None:
        for finding, reason in course.left:
            self._note(Result(Outcome.SKIPPED, finding, reason=reason))

    def _is_over(self) -> bool:
        return self._quit or self._failures >= _FAILURES_MAX

    def _next(self) -> Worked | None:
        """Returns what was done ahead, else what is done now; None when nothing is left."""
        while (done := self._ahead.next(self._screen)) is not None:
            worked = self._as_it_is_now(done)
            if worked is not None:
                return worked
        turn = self._agenda.next()
        if turn is None:
            return None
        self._agenda.begin(turn)
        return self._turning.work(turn, advance=self._advanced, prepare=self._prepared)

    def _as_it_is_now(self, done: Worked) -> Worked | None:
        """Returns what was done ahead for its file as it is now, None where it gets another turn.

        Raises:
            BaseException: what went wrong, unless it is worth another try here.
        """
        for note in done.notes:
            self._screen.tell(note, style="yellow")
        run = done.run
        if done.error is not None and not isinstance(done.error, PlaygroundError | Halted):
            raise done.error
        if run is not None and run.waiting is not None:
            now = as_before(self._app, run=run, screen=self._screen, landed=self._landed)
            if now is not None:
                return replace(done, run=now)
            self._app.desk.withdraw(run.id, reason=_CHANGED)
        elif done.is_put_off and run is not None and self._is_changed(done.turn):
            self._app.desk.withdraw(run.id, reason=_CHANGED)
        elif done.error is None and not done.is_stale:
            return done
        self._agenda.give_back(done.turn)
        return None

    def _is_changed(self, turn: Turn) -> bool:
        """Whether the finding's file is another one than when its turn began."""
        try:
            now = self._app.workspace.read(self._wishes.scope.root, path=turn.finding.path)
        except BadInput:
            return True
        return any(now.sha256 != file.sha256 for file in turn.task.files)

    def _taken(self, worked: Worked) -> Result | None:
        """Tells what became of a turn, and asks the person if that is wished.

        Returns:
            None when the finding gets another turn.
        """
        if worked.is_put_off and worked.run is not None:
            self._agenda.put_off(worked.turn, run_id=worked.run.id, seconds=worked.seconds)
            return None
        if worked.aside:
            self._agenda.unused(worked.turn)
        if isinstance(worked.error, PlaygroundError):
            self._failed(worked.error)
        else:
            self._count(worked.run)
        return self._asked(self._note(worked.result))

    def _stop(self) -> None:
        """Ends the work ahead; what came of it waits for another time."""
        if self._ahead.is_busy:
            with working(self._screen, label="Leaving what was begun for another time"):
                self._ahead.close()
        while (done := self._ahead.next(self._screen)) is not None:
            if done.error is not None or done.is_put_off or done.is_stale:
                self._agenda.give_back(done.turn)
            else:
                self._note(done.result)

    def _prepared(self, turn: Turn) -> None:
        if turn.may_ask:
            self._weights.make_ready()

    def _advanced(self, run_id: str, turn: Turn) -> Run:
        def advance() -> Run:
            return advanced(
                self._app,
                run_id=run_id,
                label=turn.label,
                screen=self._screen,
                may_ask=turn.may_ask,
            )

        try:
            return advance()
        except ModelMissing:
            self._weights.make_ready()
            return advance()

    def _count(self, run: Run | None) -> None:
        """Counts runs in a row in which no engine could be asked at all."""
        missing = run is not None and run.ended is not None and run.ended.outcome == "unavailable"
        self._unavailable |= missing
        answered_before = run is not None and run.usage.total > 0
        self._failures = self._failures + 1 if missing and not answered_before else 0

    def _failed(self, error: PlaygroundError) -> None:
        """Takes note of trouble with one finding.

        Raises:
            PlaygroundError: it would be the same trouble with every other one.
        """
        if isinstance(error, ModelMissing | StorageUnavailable | Tampered):
            raise error
        if isinstance(error, Unavailable):
            self._failures += 1
            self._unavailable = True

    def _note(self, result: Result) -> Result:
        self._results.append(result)
        self._report.finished(result)
        return result

    def _asked(self, result: Result) -> Result:
        run = result.run
        if self._conversation is None or run is None or run.waiting is None:
            return result
        self._ahead.start(run.task)
        try:
            talked = self._conversation.about(run)
        finally:
            self._ahead.hold()
        self._quit = talked.answer is Answer.QUIT
        self._results[-1] = answered(result, talked)
        return self._results[-1]

    def _changed_by(self, result: Result | None) -> tuple[str, ...]:
        run = result.run if result is not None else None
        if (
            result is None
            or result.answer is not Answer.APPROVED
            or run is None
            or run.proposal is None
        ):
            return ()
        return run.proposal.patch.paths

    def _totals(self, survey: Survey, *, found: int) -> Totals:
        return Totals(
            findings=found,
            results=self._results,
            seconds=time.monotonic() - self._started,
            beyond=self._agenda.left,
            unanswered=no_answers(survey.checks),
            unread=self._wishes.scope.unread(survey.skipped),
        )


def at_hand(app: AppView, *, engine: str) -> AtHand:
    """Returns what says of findings whether a repair costs no tokens.

    Args:
        app: the product.
        engine: configured name of the engine, "" for the default one.
    """
    return AtHand(app.manager.config.policy(engine=engine), book=app.recipes)


def answered(result: Result, talked: Talked) -> Result:
    """Returns the result with the person's answer and what their own version cost."""
    return replace(result, run=talked.run, answer=talked.answer)


def _fixed_by(result: Result) -> set[str]:
    """Returns the findings that are gone: one with the same fingerprint is another one now."""
    proposal = result.run.proposal if result.run else None
    return {v.finding.fingerprint for v in proposal.verdict.fixed} if proposal else set()
