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
    """A stretch of a prompt.

    Attributes:
        text: its text.
        is_control: whether it is a mark or plain text.
        ends_shared: whether other requests are likely to begin with all that ends here.
    """

    text: str
    is_control: bool = False
    ends_shared: bool = False


@dataclass(frozen=True, slots=True)
class Shared:
    """What a chat has in common with others: whole messages, then characters of the next one."""

    messages: int = 0
    chars: int = 0


def chatml(messages: Sequence[Message], *, shared: Shared = Shared()) -> tuple[Piece, ...]:
    """Returns the chat in the ChatML format.

    A last message of the assistant stays open, so that the model continues it; otherwise an empty
    turn of the assistant is opened.
    """
    pieces: list[Piece] = []
    is_open = bool(messages) and messages[-1].role == "assistant"
    for number, message in enumerate(messages, start=1):
        pieces.append(Piece(START, is_control=True))
        pieces += _told(message, chars=shared.chars if number == shared.messages + 1 else 0)
        if number < len(messages) or not is_open:
            ends = number == shared.messages
            pieces += [Piece(END, is_control=True), Piece("\n", ends_shared=ends)]
    if not is_open:
        pieces += [Piece(START, is_control=True), Piece("assistant\n")]
    return tuple(pieces)


def _told(message: Message, *, chars: int) -> list[Piece]:
    """Returns a message's text, cut in two after as many characters as others share."""
    text, cut = f"{message.role}\n{message.content}", len(message.role) + 1 + chars
    # Only between a line's end and a visible character are the tokens of both halves the same as
    # those of the whole.
    if chars and cut < len(text) and text[cut - 1] == "\n" and not text[cut].isspace():
        return [Piece(text[:cut], ends_shared=True), Piece(text[cut:])]
    return [Piece(text)]
