"""The course of a campaign: started, paused, resumed, cancelled, with live progress."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path

from playground.campaigns.moves import Why
from playground.campaigns.opening import now, open_campaign
from playground.campaigns.recording import record
from playground.campaigns.session import Session
from playground.campaigns.state import Campaign
from playground.campaigns.state import Stage as At
from playground.campaigns.working import Parts
from playground.domain.campaigns import (
    CampaignEnded,
    CampaignEvent,
    CampaignPaused,
    CampaignResumed,
)
from playground.domain.errors import Refusal
from playground.domain.ports import Submitting
from playground.surfaces.campaigning.progress import Course, following
from playground.surfaces.campaigning.wishes import Asked, expect_same, known_campaign, planned
from playground.surfaces.rendering.sentences import counted
from playground.surfaces.stage.stage import Stage
from playground.surfaces.stage.views import AppView
from playground.surfaces.working.turning import policy_for
from playground.surfaces.working.weights import Weights

_NEXT = {
    Why.PERSON: "`playground campaign review` shows them; then start again.",
    Why.PAUSED: "`playground campaign resume` goes on.",
}


def parts_of(app: AppView, *, engine: str, desk: Submitting | None = None) -> Parts:
    """Returns the ports that a campaign works with.

    Args:
        app: the product.
        engine: configured name of the engine, "" for the default one.
        desk: brings runs to rest, None for the product's own.
    """
    policy = policy_for(app, engine)
    return Parts(app.journal, desk or app.desk, app.gate, app.workspace, policy)


def start(asked: Asked, *, stage: Stage) -> int:
    """Works on the repository's campaign; opens one where none is unfinished."""
    screen = stage.screen
    with (
        stage.opener(project=asked.scope.root, flags=asked.args.set, engine=asked.engine) as app,
        # Where nobody can be handed anything, there is no campaign to open either.
        _lent(app, asked=asked, stage=stage) as desk,
    ):
        campaign, is_new = open_campaign(
            app.journal,
            root=asked.root,
            make=lambda: planned(app, asked=asked, stage=stage).opened,
        )
        told, left = counted(len(campaign.works), "finding"), len(campaign.plan.left)
        if campaign.pause:
            return _told(campaign, why=Why.PAUSED, stage=stage)
        if not is_new:
            expect_same(campaign, asked=asked)
        screen.tell(f"{'Opened' if is_new else 'Going on with'} a campaign of {told}.")
        if is_new and left:
            screen.tell(f"{left:,} left alone; `playground campaign status` says why.")
        if not asked.args.workers:
            _make_ready(app, campaign=campaign, stage=stage)
        with following(screen) as course:
            parts = parts_of(app, engine=campaign.plan.engine, desk=desk)
            why = _worked(app, campaign=campaign, parts=parts, course=course, asked=asked)
        return _told(course.campaign or campaign, why=why, stage=stage)


def _lent(app: AppView, *, asked: Asked, stage: Stage) -> AbstractContextManager[Submitting]:
    """Lends the desk that brings runs to rest: the product's own, or one that hands them out."""
    if asked.args.workers:
        return app.crew.handing_out(app.desk, tell=stage.screen.tell)
    return nullcontext(app.desk)


def _make_ready(app: AppView, *, campaign: Campaign, stage: Stage) -> None:
    """Lets what runs need here be there before the first one."""
    if campaign.count(At.PENDING) > 0:
        app.gate.prepare(Path(campaign.plan.root))
    if any(work.item.finding.fix is None for work in campaign.at(At.PENDING)):
        Weights(app, screen=stage.screen, engine=campaign.plan.engine).make_ready()


def _worked(app: AppView, *, campaign: Campaign, parts: Parts, course: Course, asked: Asked) -> Why:
    session = Session(parts, campaign_id=campaign.id, watch=course.saw)
    with closing(session), _ticking(app, session.halt_if_asked):
        return session.run(stay=asked.args.stay)


@contextmanager
def _ticking(app: AppView, check: Callable[[], None]) -> Generator[None]:
    """Lets each token of an answer be a moment at which a pause is felt."""
    app.ticker.listener = lambda _step, _tokens: check()
    try:
        yield
    finally:
        app.ticker.listener = None


def _told(campaign: Campaign, *, why: Why, stage: Stage) -> int:
    waiting = counted(campaign.count(At.WAITING), "proposal")
    said = f"{waiting} waiting for you."
    if campaign.ended is not None:
        said = f"The campaign is over: {campaign.ended.reason} {said}"
    elif campaign.pause:
        said = f"The campaign is paused: {campaign.pause} {said}"
    stage.screen.tell(f"{said} {_NEXT.get(why, '')}".rstrip())
    return 1 if campaign.pause else 0


def pause(asked: Asked, *, stage: Stage) -> int:
    """Pauses the repository's campaign, wherever it is worked on."""

    def event(campaign: Campaign) -> CampaignEvent | None:
        paused = CampaignPaused(stage.user, f"{stage.user} paused it.", now())
        return None if campaign.pause else paused

    return _recorded(asked, stage, event, told="Paused; runs stop after the step they are in.")


def resume(asked: Asked, *, stage: Stage) -> int:
    """Lifts a pause and sets the bounds that were given."""

    def event(campaign: Campaign) -> CampaignEvent | None:
        return CampaignResumed(stage.user, asked.bounds(campaign.bounds), now())

    told = "Resumed; where no process works on it, `playground campaign start` does."
    return _recorded(asked, stage, event, told=told)


def cancel(asked: Asked, *, stage: Stage) -> int:
    """Ends the repository's campaign."""

    def event(_campaign: Campaign) -> CampaignEvent | None:
        return CampaignEnded("cancelled", f"{stage.user} cancelled it.", now())

    return _recorded(asked, stage, event, told="Cancelled; what waits for you keeps waiting.")


def _recorded(
    asked: Asked,
    stage: Stage,
    event: Callable[[Campaign], CampaignEvent | None],
    *,
    told: str,
) -> int:
    with stage.opener(project=asked.scope.root, flags=asked.args.set) as app:
        campaign = known_campaign(app, asked=asked)

        def made() -> CampaignEvent | None:
            if campaign.ended is not None:
                raise Refusal(f"The campaign is over: {campaign.ended.reason}")
            return event(campaign)

        record(campaign, records=app.journal, make=made)
        stage.screen.tell(told)
        return 0
