"""Taking an applied change back."""

from __future__ import annotations

from playground.campaigns.decisions import note_undone
from playground.campaigns.opening import now
from playground.surfaces.asking.conversation import WHERE, deciding_desk
from playground.surfaces.stage.stage import Stage
from playground.surfaces.stage.views import AppView


def take_back(app: AppView, *, run_id: str, stage: Stage) -> None:
    """Restores the files of a run as they were, and tells its campaign.

    Args:
        app: the product, with a desk that may decide.
        run_id: id of the run or its beginning.
        stage: where the person sits.

    Raises:
        Refusal: nothing of the run is applied, or a file was changed since.
    """
    found = app.desk.load(run_id)
    after = deciding_desk(app.desk).undo(found.id, by=stage.user, where=WHERE)
    note_undone(after, records=app.journal, at=now())
    paths = ", ".join(after.proposal.patch.paths) if after.proposal else ""
    stage.screen.tell(f"Taken back: {paths}.", style="green")
