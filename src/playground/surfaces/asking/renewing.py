"""What a person is asked about is the change for its files as they are at that moment."""

from __future__ import annotations

from collections.abc import Sequence

from playground.campaigns.renewing import Renewed, changed_files, renewed
from playground.campaigns.working import Parts
from playground.domain.advice import command
from playground.domain.errors import Refusal, Unavailable
from playground.domain.runs import Run
from playground.surfaces.rendering.progress import working
from playground.surfaces.rendering.screen import Screen
from playground.surfaces.stage.views import AppView


def as_it_is_now(
    app: AppView, *, run: Run, screen: Screen, landed: Sequence[Run] = ()
) -> Run | None:
    """Returns the run, or the one that has its change proved again for files that were changed.

    Args:
        app: the product.
        run: whose proposal waits, or was found stale when it was to be written.
        screen: where it is said what happened.
        landed: runs whose changes were applied since it was made, where they are known.

    Returns:
        None when there is nothing to decide about; it is said why not.
    """
    parts = _parts_of(app)
    changed = changed_files(run, parts=parts)
    if not changed:
        return run
    try:
        now = _proved_anew(run, parts=parts, landed=landed, screen=screen)
    except (Refusal, Unavailable) as error:
        screen.tell(str(error), style="yellow")
        return None
    if now.trouble:
        screen.tell(_no_place(run, changed, trouble=now.trouble), style="yellow")
        return None
    if now.run.ended is not None:
        screen.tell(now.run.ended.reason, style="yellow")
    elif now.run.id != run.id:
        screen.tell(f"{changed[0]} was changed since; this is the change as it is now.")
    return now.run


def as_before(app: AppView, *, run: Run, screen: Screen, landed: Sequence[Run]) -> Run | None:
    """Returns a run that nobody has seen yet with its change for its file as it is now.

    Args:
        app: the product.
        run: whose proposal was made a while ago.
        screen: where it is shown that something is worked on.
        landed: runs whose changes were applied since it was made.

    Returns:
        None when the change has no place there, or does not pass there.
    """
    parts = _parts_of(app)
    if not changed_files(run, parts=parts):
        return run
    try:
        now = _proved_anew(run, parts=parts, landed=landed, screen=screen)
    except (Refusal, Unavailable):
        return None
    return None if now.trouble or now.run.waiting is None else now.run


def _parts_of(app: AppView) -> Parts:
    return Parts(app.journal, app.desk, app.gate, app.workspace)


def _proved_anew(run: Run, *, parts: Parts, landed: Sequence[Run], screen: Screen) -> Renewed:
    with working(screen, label="proving it for its file as it is now") as work:
        return renewed(run, parts=parts, landed=landed, listener=work.heard)


def _no_place(run: Run, changed: Sequence[str], *, trouble: str) -> str:
    anew = f"{command('improve', paths=changed)} looks anew"
    if run.waiting is None:
        return f"{trouble} and has no place there now; {anew}."
    gone = command("reject", run.id, "--reason", "WHY")
    ways = f"{anew}, {gone} removes it"
    return f"{trouble} and has no place there now. It is left waiting: {ways}."
