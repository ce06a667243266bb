"""Episodes as data in a prompt: what is not code inside a fence is the person's own short words."""

from __future__ import annotations

from dataclasses import replace

from playground.domain.episodes import Episode
from playground.domain.examples import example_of
from playground.security.unicode import visible_only

_WORDS_CHARS_MAX = 200


def as_data(episode: Episode) -> Episode:
    """Returns the episode as a prompt may show it.

    The goal of a repair quotes an analyzer, and that quotes the repository, so the rule stands in
    its place. What a person or an imported file says is one line of visible characters without
    back-ticks, so that it ends no fence and begins no paragraph of its own. Of long code only what
    was changed is shown, with a few lines around it, whatever ends its lines.
    """
    goal = f"{episode.tool} {episode.rule}" if episode.rule else episode.goal
    texts = (text.replace("\r\n", "\n") for text in (episode.before, episode.after))
    before, after = example_of(*texts)
    return replace(
        episode, goal=_line(goal), reason=_line(episode.reason), before=before, after=after
    )


def _line(text: str) -> str:
    words = " ".join(visible_only(text).replace("`", "'").replace('"', "'").split())
    return words if len(words) <= _WORDS_CHARS_MAX else f"{words[: _WORDS_CHARS_MAX - 1]}…"
