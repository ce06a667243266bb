"""Blanks suppression comments, so that nothing in a file can silence an analyzer."""

from __future__ import annotations

import re

from playground.domain.script_pieces import comments
from playground.security.comments import comments_of
from playground.security.suppressions import is_script_suppression, is_suppression
from playground.security.unicode import hidden_positions

_LINE_ENDS = frozenset("\r\n\u2028\u2029")
_NO_LINE_END = re.compile(r"[^\r\n\u2028\u2029]")
_MAY_BE_CODE = re.compile(r"[(){}\[\];=<>`\r\n\u2028\u2029]|\b(?:import|export|throw|delete)\b")


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


def neutralise_script(text: str) -> str:
    """Does for JavaScript and TypeScript what `neutralise` does for Python.

    Comments are found without a parser, and what looks like one may be text between tags or part
    of a regular expression, with code inside. So only what can be no code is blanked; the rest
    silences nothing either, because no analyzer of scripts is let heed comments.
    """
    pieces: list[str] = []
    cursor = 0
    for comment in comments(text):
        if is_script_suppression(comment.text) and not _MAY_BE_CODE.search(comment.text):
            pieces += [text[cursor : comment.start], _blank_script(comment.text)]
            cursor = comment.end
    return "".join([*pieces, text[cursor:]])


def _blank_script(comment: str) -> str:
    deceiving = frozenset(hidden_positions(comment))
    if not deceiving:
        return _NO_LINE_END.sub(" ", comment)
    # What deceives a reader stays, inside of a comment as before.
    kept = "".join(
        c if i in deceiving or c in _LINE_ENDS else " " for i, c in enumerate(comment[2:], start=2)
    )
    ended = comment.startswith("/*") and comment.endswith("*/") and len(comment) >= 4
    return comment[:2] + (kept[:-2] + "*/" if ended else kept)


def _blank(comment: str) -> str:
    deceiving = frozenset(hidden_positions(comment))
    if not deceiving:
        return " " * len(comment)
    return "#" + "".join(c if i in deceiving else " " for i, c in enumerate(comment))[1:]
