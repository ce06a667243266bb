"""An answer of the OpenAI protocol as far as it has come.

Servers take liberties with the protocol, so nothing is believed to be there because its type says
so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from openai.types import Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from playground.domain.candidates import Usage
from playground.engines.remote.continuation import Continuation

_NAME_CHARS = 200
_TOKENS_MAX = 100_000_000
"""More than any model can read or write; a larger number is none."""


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
        self.model = name_of(said, "model") or self.model
        self.version = name_of(said, "system_fingerprint") or self.version
        usage = _part(said, "usage")
        prompt, completion = count_of(usage, "prompt_tokens"), count_of(usage, "completion_tokens")
        if prompt is not None and completion is not None:
            cached = count_of(_part(usage, "prompt_tokens_details"), "cached_tokens") or 0
            self.usage = Usage(prompt, min(cached, prompt), completion)


def cut_out(
    stream: Iterable[ChatCompletionChunk], *, begun: Continuation, answer: Answer
) -> Iterator[str]:
    """Yields what follows the beginning; leaving the stream at a stop text ends the request."""
    for chunk in stream:
        text = begun.take(answer.take_piece(chunk))
        answer.text = begun.text
        if text:
            yield text
        if begun.stopped:
            answer.finish = "stop"
            return
    text = begun.end()
    answer.text = begun.text
    if begun.stopped:
        answer.finish = "stop"
    if text:
        yield text


def models_in(listed: object) -> list[Model]:
    """Returns those of what a server lists that are models."""
    found = cast("list[object]", listed) if isinstance(listed, list) else []
    return [one for one in found if isinstance(one, Model) and name_of(one, "id") == one.id != ""]


def name_of(of: object, name: str) -> str:
    """Returns a name that a server tells, "" where it tells none."""
    return "".join(c for c in _text(of, name)[:_NAME_CHARS] if c.isprintable())


def count_of(of: object, name: str) -> int | None:
    """Returns a number of tokens that a server tells, None where it tells none."""
    found = _part(of, name)
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int):
        return None
    return found if 0 <= found <= _TOKENS_MAX else None


def size_of(found: object) -> int | None:
    """Returns a size that a server tells, None where it is none."""
    if isinstance(found, bool) or not isinstance(found, int):
        return None
    return found if 0 < found <= _TOKENS_MAX else None


def _part(of: object, name: str) -> object:
    return getattr(of, name, None)


def _text(of: object, name: str) -> str:
    found = _part(of, name)
    # Half of a surrogate pair is legal in JSON and can be written nowhere.
    return found.encode("utf-8", "replace").decode() if isinstance(found, str) else ""


def _list(of: object, name: str) -> Sequence[object]:
    found = _part(of, name)
    return cast("list[object]", found) if isinstance(found, list) else ()
