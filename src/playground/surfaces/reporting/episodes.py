"""Episodes: what was learned, shown, printed for other programs, and forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from playground.domain.episodes import Episode, RecallQuery
from playground.domain.errors import BadInput
from playground.domain.events import EpisodeForgotten
from playground.domain.exchange import episode_line
from playground.domain.runs import Run
from playground.surfaces.asking.conversation import WHERE, deciding_desk
from playground.surfaces.rendering.diffs import coloured
from playground.surfaces.rendering.screen import Screen, plain
from playground.surfaces.rendering.sentences import counted
from playground.surfaces.rendering.tables import table
from playground.surfaces.stage.views import AppView
from playground.surfaces.working.lines import json_line

_LISTED_MAX = 20


@dataclass(frozen=True, slots=True)
class Form:
    """How results are printed: in words, or as one JSON object a line."""

    screen: Screen
    lines: bool = False

    def say(self, value: Mapping[str, object], words: str) -> None:
        """Prints one result."""
        if self.lines:
            self.screen.raw(json_line(value))
        else:
            for line in words.splitlines():
                self.screen.tell(line)


def search_memory(app: AppView, *, query: RecallQuery, form: Form) -> bool:
    """Prints the nearest episodes, best first; returns whether there was one."""
    found = app.memory.recall(query)
    if form.lines:
        for one in found:
            form.screen.raw(json_line({**_object(one.episode), "score": one.score}))
        return bool(found)
    if not found:
        form.screen.show("Nothing like it is remembered.")
        return False
    made = table("score", "episode", "outcome", "about", numbers=("score",))
    for recollection in found:
        episode = recollection.episode
        score = f"{recollection.score:.3f}"
        made.add_row(score, episode.id, episode.outcome, plain(_about(episode)))
    form.screen.show(made)
    return True


def show_episode(app: AppView, *, episode_id: str, form: Form) -> bool:
    """Prints one episode whole, or a list of the newest for an empty id."""
    if not episode_id:
        return _show_newest(app, form)
    episode, screen = app.memory.get(episode_id), form.screen
    if episode is None:
        screen.tell(f"There is no episode {episode_id!r}; `playground memory show` lists them.")
        return False
    shaped = app.desk.shaped_by(episode.id)
    if form.lines:
        screen.raw(json_line({**_object(episode), "shaped": [_run_object(r) for r in shaped]}))
        return True
    screen.show(plain(f"Episode {episode.id}, {episode.outcome}", style="bold"))
    facts = (
        ("Goal", episode.goal),
        ("Rule", f"{episode.tool} {episode.rule}: {episode.message}" if episode.rule else ""),
        ("File", f"{episode.path} in {episode.root}"),
        ("Source", episode.source),
        ("Reason", episode.reason),
        ("Taught", ", ".join(run.id for run in shaped)),
        ("Trust", "" if episode.trusted else "shown for its own repository alone"),
    )
    for label, value in facts:
        if value:
            screen.show(plain(f"{label:<7} {value}"))
    screen.show(coloured(episode.diff))
    return True


def forget_episode(
    app: AppView, *, episode_id: str, by: str, form: Form, with_run: bool = False
) -> bool:
    """Removes an episode for good and names the proposals that it shaped.

    Args:
        app: the product.
        episode_id: the episode.
        by: who asks.
        form: how the result is printed.
        with_run: whether the texts of the run that taught it go too.

    Raises:
        BadInput: there is none.
    """
    shaped = app.desk.shaped_by(episode_id)
    removed = list(app.recipes.forget(episode_id))
    known = app.memory.get(episode_id) is not None
    own = (known or with_run) and is_own(app, episode_id)
    if own:
        desk = deciding_desk(app.desk)
        done = desk.forget(episode_id, by=by, where=WHERE, with_run=with_run)
        runs = [event.runs for event in done.events if isinstance(event, EpisodeForgotten)][-1]
    else:
        app.memory.forget(episode_id)  # also where a kill cut it off, to finish it
        runs = app.journal.forget_texts(episode_id, by=by, where=WHERE)
    copies = [run for run in runs if run != episode_id]
    if not (known or own or removed or copies):
        raise BadInput(f"There is no episode {episode_id!r}; see `playground memory show`.")
    # Somebody may have made recipes of it in the meantime; from now on nobody can.
    removed += app.recipes.forget(episode_id)
    value = {
        "type": "forgotten",
        "id": episode_id,
        "shaped": [_run_object(r) for r in shaped],
        "recipes": removed,
        "taken_out_of": copies,
        "with_run": episode_id in runs,
    }
    words = [f"Forgotten: {episode_id}."]
    if removed:
        words.append(f"Recipes that were learned from it are removed: {', '.join(removed)}.")
    if copies:
        later = counted(len(copies), "later run")
        words.append(f"Its texts are taken out of {later} that recalled it.")
    if episode_id in runs:
        words.append("The texts of the run that taught it are gone; it cannot be undone any more.")
    elif known and own:
        words.append("The run that taught it keeps its texts; --with-run takes them out too.")
    if shaped:
        words.append(f"It had a part in {counted(len(shaped), 'proposal')}:")
        words += [f"  {_run_words(run)}" for run in shaped]
    form.say(value, "\n".join(words))
    return True


def export_memory(app: AppView, *, screen: Screen) -> bool:
    """Prints every episode as one JSON object a line, oldest first."""
    for episode in app.memory.oldest_first():
        screen.raw(episode_line(episode))
    return True


def _show_newest(app: AppView, form: Form) -> bool:
    episodes = app.memory.all(limit=_LISTED_MAX)
    if form.lines:
        for episode in episodes:
            form.screen.raw(json_line(_object(episode)))
        return bool(episodes)
    made = table("episode", "outcome", "about")
    for episode in episodes:
        made.add_row(episode.id, episode.outcome, plain(_about(episode)))
    if episodes:
        form.screen.show(made)
    form.screen.show(f"{app.memory.count()} episodes in memory")
    return bool(episodes)


def is_own(app: AppView, episode_id: str) -> bool:
    """Whether this journal has the run that taught the episode."""
    try:
        return app.journal.load(episode_id).id == episode_id
    except BadInput:
        return False


def _object(episode: Episode) -> dict[str, object]:
    return {"type": "episode", **asdict(episode)}


def _run_object(run: Run) -> dict[str, object]:
    finding = run.task.finding
    return {
        "run": run.id,
        "path": run.proposal.patch.paths[0] if run.proposal else "",
        "rule": finding.rule if finding else "",
        "outcome": run.ended.outcome if run.ended else "waiting",
    }


def _run_words(run: Run) -> str:
    held = _run_object(run)
    return " ".join(str(part) for part in (*held.values(),) if part)


def _about(episode: Episode) -> str:
    where = f" in {episode.path}" if episode.path else ""
    reason = f" ({episode.reason})" if episode.reason else ""
    return f"{episode.goal}{where}{reason}"
