"""Blanks suppression comments, so that nothing in a file can silence an analyzer."""

from __future__ import annotations

from playground.security.comments import comments_of
from playground.security.suppressions import is_suppression
from playground.security.unicode import hidden_positions


def neutralise(text: str) -> str:
    """Returns the text with every suppression comment replaced by as many blanks.

    Line ends, strings and all other comments stay as they are, so every position holds and the
    syntax tree is the same. It is applied to base and candidate alike: what the person silenced
    before appears on both sides and cancels out. `pragma: no cover` and `fmt: off` stay, because
    they silence no analyzer.
    """
    pieces: list[str] = []
    cursor = 0
    for comment in comments_of(text):
        if is_suppression(comment.text):
            pieces += [text[cursor : comment.start], _blank(comment.text)]
            cursor = comment.end
    return "".join([*pieces, text[cursor:]])


def _blank(comment: str) -> str:
    deceiving = frozenset(hidden_positions(comment))
    if not deceiving:
        return " " * len(comment)
    return "#" + "".join(c if i in deceiving else " " for i, c in enumerate(comment))[1:]
