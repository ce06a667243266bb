"""The chat format as data; templates that lie inside model files are never evaluated.

Only the marks that stand here become control tokens. The messages' own text is tokenised as plain
text, so nothing that a repository contains can open or close a turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playground.domain.ports import Message

START = "<|im_start|>"
END = "<|im_end|>"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a prompt; `is_control` says whether it is a mark or plain text."""

    text: str
    is_control: bool = False


def chatml(messages: Sequence[Message]) -> tuple[Piece, ...]:
    """Returns the chat in the ChatML format.

    A last message of the assistant stays open, so that the model continues it; otherwise an empty
    turn of the assistant is opened.
    """
    pieces: list[Piece] = []
    is_open = bool(messages) and messages[-1].role == "assistant"
    for number, message in enumerate(messages, start=1):
        pieces += [Piece(START, is_control=True), Piece(f"{message.role}\n{message.content}")]
        if number < len(messages) or not is_open:
            pieces += [Piece(END, is_control=True), Piece("\n")]
    if not is_open:
        pieces += [Piece(START, is_control=True), Piece("assistant\n")]
    return tuple(pieces)
