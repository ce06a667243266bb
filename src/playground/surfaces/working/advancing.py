"""Working on one run with a progress line."""

from __future__ import annotations

from playground.domain.runs import Run
from playground.surfaces.rendering.progress import working
from playground.surfaces.rendering.screen import Screen
from playground.surfaces.stage.views import AppView


def advanced(app: AppView, *, run_id: str, label: str, screen: Screen) -> Run:
    """Works on a run until it waits for a person or ends."""
    with working(screen, label=label) as work:
        app.ticker.listener = work.ticked
        try:
            return app.desk.advance(run_id, listener=work.heard)
        finally:
            app.ticker.listener = None
