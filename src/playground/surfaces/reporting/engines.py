"""The configured engines as they stand: what each is, how it is, and what is left of its limits."""

from __future__ import annotations

from collections.abc import Iterator

from playground.domain.ports import HealthState
from playground.domain.standings import BreakerState, EngineStanding
from playground.surfaces.rendering.progress import working
from playground.surfaces.rendering.screen import Screen, plain
from playground.surfaces.rendering.sentences import seconds_in_words
from playground.surfaces.rendering.tables import table
from playground.surfaces.reporting.parts import Line
from playground.surfaces.stage.views import AppView


def engine_lines(app: AppView, *, engine: str, screen: Screen) -> Iterator[Line]:
    """Yields the state of every configured engine; those that a run asks give one token.

    The others are not started or connected to, so that nothing is sent where nobody sent it.
    """
    model = app.manager.config.model
    asked = (engine,) if engine else model.asked
    for name in dict.fromkeys((*asked, *model.engines)):
        with working(screen, label=f"Asking the engine {name}"):
            standing = app.engines.standing(name, ask=name in asked)
        yield _line(standing, in_use=name in asked)


def show_engines(app: AppView, *, in_use: tuple[str, ...], screen: Screen) -> None:
    """Prints a row for each configured engine; none of them is started or connected to."""
    model = app.manager.config.model
    made = table("engine", "kind", "model", "breaker", "limits")
    for name in dict.fromkeys((*in_use, *model.engines)):
        standing = app.engines.standing(name)
        mark = f"{name} (in use)" if name in in_use else name
        state = standing.trouble or "; ".join(standing.left) or "none"
        made.add_row(
            plain(mark),
            plain(standing.kind),
            plain(standing.model or "its own choice"),
            plain(standing.breaker),
            plain(state),
        )
    screen.show(made)


def _line(standing: EngineStanding, *, in_use: bool) -> Line:
    part = f"engine {standing.name}"
    if standing.trouble:
        told = f"{standing.kind}, {standing.trouble}"
        return Line(part, told, well=not in_use, used=in_use)
    health = standing.health
    said = [standing.kind, _model(standing)]
    if health is None:
        said.append("not asked, because no run uses it")
    elif health.state is HealthState.DOWN:
        said.append(f"down: {health.detail.rstrip('.') or 'it does not say why'}")
    else:
        said.append(f"{health.state}, one token after {seconds_in_words(health.seconds)}")
    if standing.breaker is not BreakerState.CLOSED or health is not None:
        said.append(f"breaker {standing.breaker}")
    if health is not None and health.state is HealthState.READY and health.detail:
        said.append(health.detail)
    said += standing.left
    down = health is not None and health.state is HealthState.DOWN
    return Line(part, ", ".join(said), well=not down, used=health is not None)


def _model(standing: EngineStanding) -> str:
    model = standing.model or "a model of its own choice"
    return f"{model} ({standing.because})" if standing.because else model
