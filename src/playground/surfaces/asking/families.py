"""Review of a campaign: families of like changes at once, everything else one by one.

A yes to a family is an approval of each member, bound to that member's own digest. Where an
earlier member changed the same file, the next one is carried over and proved again first; it is
approved only if it is the same change with the same proof at its new place, and asked about on
its own if it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing

from playground.campaigns.canaries import canary_of, is_due
from playground.campaigns.families import Family, families_of, is_same_change
from playground.campaigns.opening import now
from playground.campaigns.recording import record, refresh
from playground.campaigns.session import Session
from playground.campaigns.state import Campaign
from playground.campaigns.state import Stage as At
from playground.domain.campaigns import CanaryJudged, ReviewTaken
from playground.domain.errors import Refusal
from playground.domain.proposals import Approved, Decision, Proposal, Rejected
from playground.domain.runs import Run
from playground.surfaces.asking.conversation import (
    HELP,
    KEYS,
    QUESTION,
    WHERE,
    Answer,
    Conversation,
    deciding_desk,
    require_person,
    show_proposal,
)
from playground.surfaces.asking.looking import Look
from playground.surfaces.asking.reviewing import in_order
from playground.surfaces.campaigning.course import parts_of
from playground.surfaces.campaigning.wishes import Asked, known_campaign
from playground.surfaces.rendering.progress import working
from playground.surfaces.rendering.sentences import counted
from playground.surfaces.stage.stage import Stage
from playground.surfaces.stage.views import AppView

_QUESTION = "[a]pprove all {} [o]ne by one [r]eject all [s]kip [q]uit [?] "
_HELP = (
    ("a", "approve all: every one of them is written, each as its own digest says"),
    ("o", "one by one: look at each member and decide on it alone"),
    ("r", "reject all: say why once; it is remembered for each"),
    ("s", "skip: leave the family waiting"),
    ("q", "quit: leave everything that is left waiting"),
)
_KEYS = {
    "a": "a",
    "approve": "a",
    "o": "o",
    "one": "o",
    "r": "r",
    "reject": "r",
    "s": "s",
    "skip": "s",
    "q": "q",
    "quit": "q",
}


def review_campaign(asked: Asked, *, stage: Stage) -> int:
    """Walks through what waits in the campaign; returns 1 when something still waits."""
    require_person(stage.screen, what="A review")
    with stage.opener(project=asked.scope.root, flags=asked.args.set, deciding=True) as app:
        campaign = known_campaign(app, asked=asked)
        parts = parts_of(app, engine=campaign.plan.engine)
        with closing(Session(parts, campaign_id=campaign.id)) as session:
            review = CampaignReview(app, stage=stage, session=session)
            review.canaries = asked.args.canaries
            left = review.run(alone=asked.args.alone)
            over = session.campaign.ended
        still = f"{counted(left, 'proposal')} waiting." if left else "No proposal is waiting."
        if over is not None:
            still = f"{still} The campaign is over: {over.reason}"
        stage.screen.tell(still)
        return 1 if left else 0


class CampaignReview:
    """A person and the waiting proposals of one campaign.

    Attributes:
        canaries: at this share of places a change is shown that is bad on purpose.
    """

    def __init__(self, app: AppView, *, stage: Stage, session: Session) -> None:
        """Takes the product, whose desk must be able to decide, the stage and the campaign's."""
        self._app = app
        self._desk = deciding_desk(app.desk)
        self._stage = stage
        self._screen = stage.screen
        self._session = session
        self._campaign: Campaign = session.campaign
        self._conversation = Conversation(app, stage=stage)
        self.canaries = 0.0

    def run(self, *, alone: bool = False) -> int:
        """Asks about everything that waits; returns how much still does."""
        self._follow_up()
        waiting = in_order(self._waiting())
        families, singles = families_of(waiting, seed=self._campaign.id)
        if alone:
            families, singles = [], waiting
        done = not any(self._canary(run) or self._alone(run) for run in singles)
        for number, family in enumerate(families, start=1):
            if not done:
                break
            many = counted(len(family.members), "proposal")
            head = f"Family {number} of {len(families)}: {many} of {family.rule}, one shape of edit"
            self._screen.tell(f"{head}, risk {family.risk}.")
            done = not (self._canary(family.members[0]) or self._family(family))
        self._follow_up()
        self._session.end_if_settled()
        return len(self._waiting())

    def _waiting(self) -> list[Run]:
        refresh(self._campaign, records=self._app.journal)
        runs = [self._app.journal.load(work.run_id) for work in self._campaign.at(At.WAITING)]
        return [run for run in runs if run.waiting is not None]

    def _follow_up(self, *only: int) -> None:
        """Has proposals whose files changed carried over, all or those of these items."""
        self._session.follow_up(only)

    # ── one by one ───────────────────────────────────────────────────────────────────────────

    def _alone(self, run: Run) -> bool:
        """Asks about one proposal; returns whether the person quits."""
        fresh = self._fresh(run)
        if fresh is None:
            return False
        looked, before = Look(shown=1), self._conversation.worked_s
        answer = self._conversation.about(fresh).answer
        looked.worked_s = self._conversation.worked_s - before
        decided = answer in {Answer.APPROVED, Answer.REJECTED}
        self._note(looked, (fresh.id,) if decided else ())
        return answer is Answer.QUIT

    def _fresh(self, run: Run) -> Run | None:
        """Returns the run, or the one that has its change as its file is now; None without one."""
        number = self._number_of(run)
        if number is None:
            return None
        self._follow_up(number)
        work = self._campaign.works[number]
        if work.stage is not At.WAITING:
            return None
        found = self._app.journal.load(work.run_id)
        return found if found.waiting is not None else None

    def _number_of(self, run: Run) -> int | None:
        found = (w for w in self._campaign.works.values() if w.run_id == run.id)
        return next((work.item.number for work in found), None)

    # ── families ─────────────────────────────────────────────────────────────────────────────

    def _family(self, family: Family) -> bool:
        """Shows samples and outliers and asks about all; returns whether the person quits."""
        looked = Look(shown=len(family.shown))
        for run in family.shown:
            if run.waiting is not None:
                show_proposal(self._app, run=run, proposal=run.waiting, screen=self._screen)
        rest = len(family.members) - len(family.shown)
        if rest:
            self._screen.tell(f"{counted(rest, 'more change')} of the same shape.")
        key, reason = self._asked_with_reason(len(family.members))
        looked.end()
        decided: list[Run] = []
        try:
            if key == "a":
                self._approve(family, decided)
            elif key == "r":
                self._reject(family, reason, decided)
        finally:  # what breaks it off, such as Ctrl-C, takes nothing back that was decided
            self._note(looked, tuple(run.id for run in decided))
        if key == "o":
            return any(self._alone(run) for run in family.members)
        return key == "q"

    def _asked(self, count: int) -> str:
        while True:
            typed = self._screen.ask(_QUESTION.format(count))
            if typed is None:
                return "q"
            key = _KEYS.get(typed.lower())
            if key:
                return key
            self._screen.explain(_HELP)

    def _asked_with_reason(self, count: int) -> tuple[str, str]:
        """Returns the key, and for a rejection its reason; without one, asks again."""
        while (key := self._asked(count)) == "r":
            reason = self._screen.ask("Why? One sentence, which teaches the next ones: ")
            if reason:
                return key, reason
            self._screen.tell("Not rejected, because a rejection needs a reason.")
            if reason is None:
                return "q", ""
        return key, ""

    def _approve(self, family: Family, written: list[Run]) -> None:
        """Approves every member by its own digest; adds the runs that were applied."""
        seen, size = len(family.shown), len(family.members)
        why = f"one of a family of {size} like changes, of which {seen} were shown"
        try:
            with working(self._screen, label="writing") as work:
                for number, run in enumerate(family.members, start=1):
                    work.ticked(f"{number} of {size}", 0)
                    after = self._approved(run, why)
                    if after is not None and after.ended and after.ended.outcome == "applied":
                        written.append(after)
        finally:
            self._tell_written(written)
        if len(written) < size:
            left = f"Not written: {size - len(written)} of the family, because a file has changed"
            self._screen.tell(f"{left}; what still fits there waits to be asked about alone.")

    def _approved(self, run: Run, why: str) -> Run | None:
        """Approves a member as its file is now; None where it cannot be or is another change."""
        fresh = self._fresh(run)
        if fresh is None or fresh.waiting is None or run.waiting is None:
            return None
        if fresh.id != run.id and not is_same_change(run.waiting, fresh.waiting):
            return None  # it is asked about on its own
        decision = Approved(self._stage.user, WHERE, fresh.waiting.digest, why)
        return self._decided(fresh, decision)

    def _tell_written(self, written: Sequence[Run]) -> None:
        """Says what was written and how it is taken back."""
        paths = [", ".join(run.proposal.patch.paths) if run.proposal else "" for run in written]
        if not written:
            self._screen.tell("Nothing was written.")
            return
        last_first = ", of one file the last one first" if len({*paths}) < len(paths) else ""
        said = f"Written: {counted(len(written), 'change')}; `playground undo ID` takes one back"
        self._screen.tell(f"{said}{last_first}.", style="green")
        for run, path in zip(written, paths, strict=True):
            self._screen.tell(f"  {run.id} {path}")

    def _reject(self, family: Family, reason: str, decided: list[Run]) -> None:
        """Rejects every member with the same reason; adds their runs."""
        try:
            for run in family.members:
                if run.waiting is None:
                    continue
                decision = Rejected(self._stage.user, WHERE, run.waiting.digest, reason)
                if self._decided(run, decision) is not None:
                    decided.append(run)
        finally:
            self._screen.tell(f"Rejected: {counted(len(decided), 'change')}.")

    def _decided(self, run: Run, decision: Decision) -> Run | None:
        try:
            return self._desk.decide(run.id, decision=decision)
        except Refusal as error:
            self._screen.tell(str(error), style="yellow")
            return None

    # ── vigilance ────────────────────────────────────────────────────────────────────────────

    def _canary(self, run: Run) -> bool:
        """Shows a change that is bad on purpose where one is due; returns whether they quit."""
        proposal = run.waiting
        seed = f"{self._campaign.id}\0{run.id}"
        if proposal is None or not is_due(self.canaries, seed=seed):
            return False
        canary = canary_of(proposal, seed=seed)
        if canary is None:
            return False
        looked = Look(shown=1)
        key = self._asked_about(run, canary.proposal)
        if key in {"s", "q"}:  # whether they noticed is not known
            self._note(looked, ())
            return key == "q"
        caught = key != "a"
        if caught:
            self._screen.tell("That one was bad on purpose, and you did not take it.")
        else:
            said = f"That one was bad on purpose ({canary.fault}); nothing was written."
            self._screen.tell(f"{said} Look again at those you approved.", style="yellow")
        self._record(
            lambda: CanaryJudged(caught, canary.fault, looked.seconds, self._stage.user, now())
        )
        return False

    def _asked_about(self, run: Run, proposal: Proposal) -> str:
        show_proposal(self._app, run=run, proposal=proposal, screen=self._screen)
        while True:
            typed = self._screen.ask(QUESTION)
            if typed is None:
                return "q"
            if typed.lower() in {*KEYS, "e", "edit"}:
                return typed.lower()[0]
            self._screen.explain(HELP)

    # ── the record ───────────────────────────────────────────────────────────────────────────

    def _note(self, looked: Look, decided: tuple[str, ...]) -> None:
        self._record(
            lambda: ReviewTaken(decided, looked.shown, looked.seconds, self._stage.user, now())
        )

    def _record(self, make: Callable[[], CanaryJudged | ReviewTaken]) -> None:
        record(self._campaign, records=self._app.journal, make=make)
