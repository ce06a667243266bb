"""Working through findings: survey, plan, one cycle each, ask, look again where files changed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Protocol

from playground.campaigns.at_hand import AtHand
from playground.campaigns.joining import Joining
from playground.campaigns.planning import Plan, plan
from playground.domain.advice import command
from playground.domain.candidates import Usage
from playground.domain.errors import (
    ModelMissing,
    PlaygroundError,
    StorageUnavailable,
    Tampered,
    Unavailable,
)
from playground.domain.findings import Finding
from playground.domain.ports import Survey
from playground.domain.runs import Run
from playground.domain.tasks import Policy, Task
from playground.domain.verdicts import Check, CheckStatus
from playground.surfaces.asking.conversation import Answer, Conversation, Talked
from playground.surfaces.rendering.progress import working
from playground.surfaces.rendering.sentences import place
from playground.surfaces.stage.stage import Stage
from playground.surfaces.stage.views import AppView
from playground.surfaces.working.advancing import advanced
from playground.surfaces.working.agenda import Agenda, Turn
from playground.surfaces.working.outcomes import Outcome, Result, Totals
from playground.surfaces.working.scope import Scope
from playground.surfaces.working.weights import Weights

_FAILURES_MAX = 3
"""So many missing parts in a row end the command, because the next one would be missing too."""

_SETTLED = {
    "rejected": "you rejected a change for it while the file was as it is now",
    "undone": "you took a change for it back, and the file is as it was before",
}
_CHANGED = "Its file was changed before a model was asked about it."

_OUTCOMES = {"gave_up": Outcome.GAVE_UP, "unavailable": Outcome.ERROR}
"""What a run without a proposal came to; any other end means that it was left aside."""


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
        self._joining = Joining(app.journal, root=str(wishes.scope.root))
        self._at_hand = at_hand(app, engine=wishes.engine)
        self._agenda = Agenda(wishes.tries_max)
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
        with closing(self._joining):
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
        while (turn := self._next()) is not None:
            result = self._result_of(turn)
            changed = self._changed_by(result)
            if result is not None and changed:
                for run_id in self._agenda.changed(changed, fixed=_fixed_by(result)):
                    self._app.desk.withdraw(run_id, reason=_CHANGED)
                survey = self._looked_again(survey, changed)
                self._planned(survey)
                known |= {finding.fingerprint for finding in survey.findings}
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

    def _next(self) -> Turn | None:
        if self._quit or self._failures >= _FAILURES_MAX:
            return None
        return self._agenda.next()

    def _result_of(self, turn: Turn) -> Result | None:
        """Works on one finding, tells of it, and asks the person if that is wished.

        Returns:
            None when it gets another turn.
        """
        task, finding = turn.task, turn.finding
        aside = self._settled_before(task) or self._joining.take(task)
        if aside:
            return self._note(Result(Outcome.SKIPPED, finding, reason=aside))
        self._agenda.begin(turn)
        started = time.monotonic()
        try:
            result = self._worked(turn)
        except PlaygroundError as error:
            result = self._failed(finding, error)
        else:
            self._count(result.run)
        self._joining.settle(result.run)
        seconds = turn.spent_s + time.monotonic() - started
        if not turn.may_ask and result.run is not None and is_unfinished(result.run):
            self._agenda.put_off(turn, run_id=result.run.id, seconds=seconds)
            return None
        result = replace(result, seconds=seconds)
        self._note(result)
        return self._asked(result)

    def _settled_before(self, task: Task) -> str:
        known = self._app.journal.newest_with_key(task.key)
        if known is None or known.ended is None:
            return ""
        sentence = _SETTLED.get(known.ended.outcome, "")
        return f"{sentence} ({command('show', known.id)})" if sentence else ""

    def _worked(self, turn: Turn) -> Result:
        if turn.may_ask:
            self._weights.make_ready()
        policy = policy_for(self._app, self._wishes.engine)
        run_id = self._app.desk.submit(turn.task, policy=policy)
        before = self._app.desk.load(run_id).usage
        label = f"[{turn.number}/{turn.total}] {turn.finding.rule} {place(turn.finding)}"
        try:
            run = self._advanced(run_id, label=label, may_ask=turn.may_ask)
        except ModelMissing:
            self._weights.make_ready()
            run = self._advanced(run_id, label=label, may_ask=turn.may_ask)
        return result_of(run, before=before)

    def _advanced(self, run_id: str, *, label: str, may_ask: bool) -> Run:
        screen = self._screen
        return advanced(self._app, run_id=run_id, label=label, screen=screen, may_ask=may_ask)

    def _count(self, run: Run | None) -> None:
        """Counts runs in a row in which no engine could be asked at all."""
        missing = run is not None and run.ended is not None and run.ended.outcome == "unavailable"
        self._unavailable |= missing
        answered_before = run is not None and run.usage.total > 0
        self._failures = self._failures + 1 if missing and not answered_before else 0

    def _failed(self, finding: Finding | None, error: PlaygroundError) -> Result:
        """Notes trouble with one finding.

        Raises:
            PlaygroundError: it would be the same trouble with every other one.
        """
        if isinstance(error, ModelMissing | StorageUnavailable | Tampered):
            raise error
        if isinstance(error, Unavailable):
            self._failures += 1
            self._unavailable = True
        return Result(Outcome.ERROR, finding, reason=str(error))

    def _note(self, result: Result) -> Result:
        self._results.append(result)
        self._report.finished(result)
        return result

    def _asked(self, result: Result) -> Result:
        run = result.run
        if self._conversation is None or run is None or run.waiting is None:
            return result
        talked = self._conversation.about(run)
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


def policy_for(app: AppView, engine: str) -> Policy | None:
    """Returns the configured bounds for a named engine, None for the default one's."""
    return app.manager.config.policy(engine=engine) if engine else None


def at_hand(app: AppView, *, engine: str) -> AtHand:
    """Returns what says of findings whether a repair costs no tokens.

    Args:
        app: the product.
        engine: configured name of the engine, "" for the default one.
    """
    return AtHand(app.manager.config.policy(engine=engine), book=app.recipes)


def is_unfinished(run: Run) -> bool:
    """Whether work on a run can go on without a person."""
    return run.waiting is None and run.ended is None and run.decision is None


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


def answered(result: Result, talked: Talked) -> Result:
    """Returns the result with the person's answer and what their own version cost."""
    return replace(result, run=talked.run, answer=talked.answer)


def _fixed_by(result: Result) -> set[str]:
    """Returns the findings that are gone: one with the same fingerprint is another one now."""
    proposal = result.run.proposal if result.run else None
    return {v.finding.fingerprint for v in proposal.verdict.fixed} if proposal else set()
