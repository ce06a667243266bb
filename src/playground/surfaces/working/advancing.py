"""Working on one run with a progress line."""

from __future__ import annotations

from playground.domain.events import EngineSkipped, Event
from playground.domain.runs import Run
from playground.surfaces.rendering.progress import working
from playground.surfaces.rendering.screen import Screen
from playground.surfaces.rendering.sentences import event_in_words, waiting_in_words
from playground.surfaces.stage.views import AppView


def advanced(app: AppView, *, run_id: str, label: str, screen: Screen, may_ask: bool = True) -> Run:
    """Works on a run until it waits for a person or ends; says which engine was not asked.

    With `may_ask` off it also stops before a model is asked.
    """
    with working(screen, label=label) as work:

        def heard(run: Run, event: Event) -> None:
            work.heard(run, event)
            if isinstance(event, EngineSkipped):
                screen.tell(event_in_words(event), style="yellow")

        told: set[str] = set()

        def waited(engine: str, seconds: float) -> None:
            work.waited(engine, seconds)
            if engine not in told and not screen.err.is_terminal:  # a moving line says it itself
                told.add(engine)
                screen.tell(f"{label}: {waiting_in_words(engine, seconds)}")

        app.ticker.listener, app.ticker.waiting = work.ticked, waited
        try:
            return app.desk.advance(run_id, listener=heard, may_ask=may_ask)
        finally:
            app.ticker.listener = app.ticker.waiting = None
