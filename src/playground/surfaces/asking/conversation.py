"""The conversation about one proposal: show it, ask, carry out what the person says."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from playground.domain.advice import command
from playground.domain.candidates import Candidate
from playground.domain.errors import PlaygroundError, Refusal, StorageUnavailable
from playground.domain.events import CandidateGenerated, CandidateTested
from playground.domain.ports import Deciding, Submitting
from playground.domain.proposals import Amended, Approved, Decision, Proposal, Rejected
from playground.domain.runs import Run
from playground.orchestrator.recipes.proving import learned
from playground.surfaces.asking.editing import amended_patch, edited_texts, versions_of
from playground.surfaces.asking.looking import Look
from playground.surfaces.asking.renewing import as_it_is_now
from playground.surfaces.rendering.diffs import patch_text
from playground.surfaces.rendering.evidence import proposal_view
from playground.surfaces.rendering.progress import working
from playground.surfaces.rendering.screen import Screen
from playground.surfaces.rendering.sentences import verdict_in_words
from playground.surfaces.stage.stage import Stage
from playground.surfaces.stage.views import AppView

WHERE = "terminal"
"""The place under which decisions of this surface are recorded."""

_LOOKED_AT = 30
"""Episodes of a rule that are looked at after each approval, for which nobody should wait."""

QUESTION = "[a]pprove [e]dit [r]eject [s]kip [q]uit [?] "

HELP = (
    ("a", "approve: write exactly this change to your files; `playground undo` takes it back"),
    ("e", "edit: write your own version in your editor; it is proved the same way and shown again"),
    ("r", "reject: say why; the reason is remembered, and the same change is not shown again"),
    ("s", "skip: leave the proposal waiting; `playground review` shows it again"),
    ("q", "quit: leave this and all later proposals waiting"),
)


class Answer(StrEnum):
    """What became of a conversation."""

    APPROVED = "approved"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    QUIT = "quit"
    LAPSED = "lapsed"


KEYS = {
    "a": Answer.APPROVED,
    "approve": Answer.APPROVED,
    "r": Answer.REJECTED,
    "reject": Answer.REJECTED,
    "s": Answer.SKIPPED,
    "skip": Answer.SKIPPED,
    "q": Answer.QUIT,
    "quit": Answer.QUIT,
}


@dataclass(frozen=True, slots=True)
class Talked:
    """The answer and the run as it is afterwards."""

    answer: Answer
    run: Run


def deciding_desk(desk: Submitting | Deciding) -> Deciding:
    """Returns the desk as one that may decide.

    Raises:
        Refusal: it may not.
    """
    if isinstance(desk, Deciding):
        return desk
    raise Refusal("Nothing can be decided here; use `playground review` on a terminal.")


def require_person(screen: Screen, *, what: str) -> None:
    """Makes sure that a person sits here.

    Raises:
        Refusal: input or output is no terminal.
    """
    if not screen.can_ask:
        raise Refusal(f"{what} needs a person on a terminal; run it without pipes or redirection.")


def show_proposal(app: AppView, *, run: Run, proposal: Proposal, screen: Screen) -> None:
    """Prints a proposal with its diff and evidence."""
    diff = patch_text(proposal.patch, root=Path(run.task.root), workspace=app.workspace)
    screen.show(proposal_view(run, proposal=proposal, diff=diff))


class Conversation:
    """Asks a person about proposals, one at a time.

    Attributes:
        worked_s: seconds that answers took to be carried out, in which nobody looked.
    """

    def __init__(self, app: AppView, *, stage: Stage) -> None:
        """Takes the product, whose desk must be able to decide, and the person's stage."""
        self._app = app
        self._desk = deciding_desk(app.desk)
        self._stage = stage
        self._screen = stage.screen
        self._drafts: dict[str, Mapping[str, str]] = {}
        self._look: Look | None = None
        self.worked_s = 0.0

    def about(self, run: Run) -> Talked:
        """Shows the waiting proposal and asks until it is decided, skipped or gone."""
        shown = ""
        while (proposal := run.waiting) is not None:
            if proposal.digest != shown:
                self.show(run, proposal=proposal)
                shown = proposal.digest
            answer = self._asked()
            if answer is None:
                run = self._amended(run, proposal)
            elif answer in {Answer.SKIPPED, Answer.QUIT}:
                return Talked(answer, run)
            else:
                run = self.still_asked(self._settled(run, proposal, answer))
                if run.waiting is None:
                    return Talked(_answer_of(run), run)
        return Talked(Answer.LAPSED, run)

    def show(self, run: Run, *, proposal: Proposal) -> None:
        """Prints a proposal; from now on the person looks at it."""
        show_proposal(self._app, run=run, proposal=proposal, screen=self._screen)
        self._look = Look(shown=1)

    def _looked_s(self) -> float:
        """Returns how long the person has looked, 0 where nothing was shown to them here."""
        return self._look.seconds if self._look else 0.0

    def still_asked(self, run: Run) -> Run:
        """Returns what is asked about instead where the files changed before the yes was given."""
        if run.ended is None or run.ended.outcome != "stale" or run.proposal is None:
            return run
        return as_it_is_now(self._app, run=run, screen=self._screen) or run

    def _settled(self, run: Run, proposal: Proposal, answer: Answer) -> Run:
        """Carries out a yes or a no; where the proposal has lapsed meanwhile, says so."""
        try:
            if answer is Answer.APPROVED:
                return self.approve(run, proposal=proposal)
            reason = self._reason()
            return self.reject(run, proposal=proposal, reason=reason) if reason else run
        except Refusal as error:
            self._screen.tell(str(error), style="yellow")
            return self._desk.load(run.id)

    def approve(self, run: Run, *, proposal: Proposal) -> Run:
        """Records the approval of exactly what was shown and carries it out."""
        decision = Approved(self._stage.user, WHERE, proposal.digest, looked_s=self._looked_s())
        after = self._decided(run, decision, label="writing")
        if after.waiting is None:
            self._tell_end(after)
            self._tell_of_recipes(after)
        return after

    def _tell_of_recipes(self, run: Run) -> None:
        """Says when what was approved is enough for a recipe that the person has not seen."""
        finding = run.task.finding
        if finding is None or run.proposal is None or run.proposal.provenance.recipe:
            return
        try:
            found = learned(self._app.memory, rules=(finding.rule,), newest=_LOOKED_AT)
            known = {entry.recipe.digest for entry in self._app.recipes.entries()}
        except StorageUnavailable:
            return
        if any(recipe.digest not in known for recipe in found):
            self._screen.tell(
                f"You approved several repairs of {finding.rule} of one shape; "
                "`playground recipe propose` makes a recipe of them, which costs no tokens."
            )

    def reject(self, run: Run, *, proposal: Proposal, reason: str) -> Run:
        """Records the rejection with its reason."""
        decision = Rejected(
            self._stage.user, WHERE, proposal.digest, reason, looked_s=self._looked_s()
        )
        after = self._decided(run, decision, label="remembering your reason")
        self._screen.tell("Rejected; your reason is remembered.")
        return after

    def _asked(self) -> Answer | None:
        """Returns the person's answer, None when they want to edit."""
        while True:
            typed = self._screen.ask(QUESTION)
            if typed is None:
                return Answer.QUIT
            key = typed.lower()
            if key in {"e", "edit"}:
                return None
            if key in KEYS:
                return KEYS[key]
            self._screen.explain(HELP)

    def _reason(self) -> str:
        typed = self._screen.ask("Why? One sentence, which teaches the next ones: ")
        if not typed:
            self._screen.tell("Not rejected, because a rejection needs a reason.")
        return typed or ""

    def _amended(self, run: Run, proposal: Proposal) -> Run:
        """Takes the person's version through the doors and the gate; trouble leaves all as is.

        A version that did not pass is where the editor begins the next time.
        """
        try:
            versions = versions_of(
                proposal, root=Path(run.task.root), workspace=self._app.workspace
            )
            start = self._drafts.get(proposal.digest, versions.proposed)
            texts = edited_texts(start, edit=self._edit)
            if texts in (start, versions.proposed):
                self._screen.tell("You changed nothing.")
                return run
            self._drafts[proposal.digest] = texts
            patch = amended_patch(versions, texts=texts)
            decision = Amended(
                self._stage.user, WHERE, proposal.digest, patch, looked_s=self._looked_s()
            )
            after = self._decided(run, decision, label="proving your version")
        except PlaygroundError as error:
            self._screen.tell(str(error), style="yellow")
            return run
        self._tell_amended(after)
        return after

    def _edit(self, copy: Path) -> None:
        manager = self._app.manager
        self._stage.edit(copy, editor=manager.editor, environment=manager.environ)

    def _decided(self, run: Run, decision: Decision, *, label: str) -> Run:
        started = time.monotonic()
        try:
            with working(self._screen, label=label) as work:
                return self._desk.decide(run.id, decision=decision, listener=work.heard)
        finally:
            worked_s = time.monotonic() - started
            self.worked_s += worked_s
            if self._look is not None:
                self._look.worked_s += worked_s

    def _tell_end(self, run: Run) -> None:
        ended = run.ended
        if ended is None:
            return
        if ended.outcome == "applied":
            paths = ", ".join(run.proposal.patch.paths) if run.proposal else ""
            undo = f"{command('undo', run.id)} takes it back"
            self._screen.tell(f"Written: {paths} ({undo}).", style="green")
        else:
            self._screen.tell(ended.reason, style="yellow")

    def _tell_amended(self, run: Run) -> None:
        tested = [e for e in run.events if isinstance(e, CandidateTested)]
        drafted = [e for e in run.events if isinstance(e, CandidateGenerated)]
        refused = [d for d in drafted[-1].drafts if not isinstance(d, Candidate)] if drafted else []
        if refused:
            self._screen.tell(f"Your version was refused: {refused[-1].reason}", style="yellow")
        elif tested:
            verdict = tested[-1].verdict
            style = "green" if verdict.passed else "yellow"
            self._screen.tell(f"Your version: {verdict_in_words(verdict)}", style=style)
        if run.ended is not None:
            self._screen.tell(run.ended.reason, style="yellow")
        elif refused or (tested and not tested[-1].verdict.passed):
            self._screen.tell("The proposal is as it was; [e] opens your version again.")


def _answer_of(run: Run) -> Answer:
    outcome = run.ended.outcome if run.ended is not None else ""
    return {"applied": Answer.APPROVED, "rejected": Answer.REJECTED}.get(outcome, Answer.LAPSED)
