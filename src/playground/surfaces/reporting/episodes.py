"""Episodes: what was learned."""

from __future__ import annotations

from playground.domain.episodes import Episode
from playground.surfaces.rendering.diffs import coloured
from playground.surfaces.rendering.screen import Screen, plain
from playground.surfaces.rendering.tables import table
from playground.surfaces.stage.views import AppView

_LISTED_MAX = 20


def search_memory(app: AppView, *, text: str, k: int, screen: Screen) -> bool:
    """Prints the nearest episodes, best first; returns whether there was one."""
    found = app.memory.fetch_semantic(text, k=k)
    if not found:
        screen.show("Nothing like it is remembered.")
        return False
    made = table("score", "episode", "outcome", "about", numbers=("score",))
    for recollection in found:
        episode = recollection.episode
        score = f"{recollection.score:.3f}"
        made.add_row(score, episode.id, episode.outcome, plain(_about(episode)))
    screen.show(made)
    return True


def show_episode(app: AppView, *, episode_id: str, screen: Screen) -> bool:
    """Prints one episode whole, or a list of the newest for an empty id."""
    if not episode_id:
        return _show_newest(app, screen)
    episode = app.memory.get(episode_id)
    if episode is None:
        screen.tell(f"There is no episode {episode_id!r}; `playground memory show` lists them.")
        return False
    screen.show(plain(f"Episode {episode.id}, {episode.outcome}", style="bold"))
    facts = (
        ("Goal", episode.goal),
        ("Rule", f"{episode.tool} {episode.rule}: {episode.message}" if episode.rule else ""),
        ("File", f"{episode.path} in {episode.root}"),
        ("Source", episode.source),
        ("Reason", episode.reason),
    )
    for label, value in facts:
        if value:
            screen.show(plain(f"{label:<7} {value}"))
    screen.show(coloured(episode.diff))
    return True


def _show_newest(app: AppView, screen: Screen) -> bool:
    episodes = app.memory.all(limit=_LISTED_MAX)
    made = table("episode", "outcome", "about")
    for episode in episodes:
        made.add_row(episode.id, episode.outcome, plain(_about(episode)))
    if episodes:
        screen.show(made)
    screen.show(f"{app.memory.count()} episodes in memory")
    return bool(episodes)


def _about(episode: Episode) -> str:
    where = f" in {episode.path}" if episode.path else ""
    reason = f" ({episode.reason})" if episode.reason else ""
    return f"{episode.goal}{where}{reason}"
