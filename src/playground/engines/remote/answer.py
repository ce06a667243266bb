"""An answer of the OpenAI protocol as far as it has come.

Servers take liberties with the protocol, so nothing is believed to be there because its type says
so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.completion_usage import CompletionUsage

from playground.domain.candidates import Usage


@dataclass(slots=True)
class Answer:
    """What was read so far.

    Attributes:
        text: the answer's text.
        finish: the server's word for why it ended, "" while it did not say.
        usage: tokens, None while it did not say.
        model: the model that the server names.
        version: the server's fingerprint.
        heard: whether anything came that is an answer.
    """

    text: str = ""
    finish: str = ""
    usage: Usage | None = None
    model: str = ""
    version: str = ""
    heard: bool = False

    def take_whole(self, completion: ChatCompletion) -> None:
        """Takes an answer that came in one piece.

        Raises:
            ValueError: it is no answer.
        """
        choices = _list(completion, "choices")
        if not choices:
            raise ValueError("no choices")
        self._note(completion)
        self.text = _text(_part(choices[0], "message"), "content")
        self.finish = _text(choices[0], "finish_reason")

    def take_piece(self, chunk: ChatCompletionChunk) -> str:
        """Takes a piece and returns its text, "" when it has none."""
        self._note(chunk)
        text = ""
        for choice in _list(chunk, "choices")[:1]:
            text = _text(_part(choice, "delta"), "content")
            self.finish = _text(choice, "finish_reason") or self.finish
        self.text += text
        return text

    def _note(self, said: ChatCompletion | ChatCompletionChunk) -> None:
        self.heard = True
        self.model = _text(said, "model") or self.model
        self.version = _text(said, "system_fingerprint") or self.version
        usage = _part(said, "usage")
        if isinstance(usage, CompletionUsage):
            details = usage.prompt_tokens_details
            cached = (details.cached_tokens or 0) if details else 0
            self.usage = Usage(usage.prompt_tokens or 0, cached, usage.completion_tokens or 0)


def _part(of: object, name: str) -> object:
    return getattr(of, name, None)


def _text(of: object, name: str) -> str:
    found = _part(of, name)
    return found if isinstance(found, str) else ""


def _list(of: object, name: str) -> Sequence[object]:
    found = _part(of, name)
    return cast("list[object]", found) if isinstance(found, list) else ()
