"""What a client library raises, as one sentence without any key."""

from __future__ import annotations

from collections.abc import Sequence

import openai

from playground.domain.errors import BadInput, EngineUnavailable
from playground.engines.remote.bounds import Unbounded

_REASON_CHARS = 300
_HIDDEN = "***"


def translated(
    error: Exception, *, where: str, hidden: Sequence[str]
) -> BadInput | EngineUnavailable:
    """Returns our error for the library's.

    Args:
        error: what was raised.
        where: the server's address without any password.
        hidden: keys, hidden wherever they stand in what the server said.
    """
    cause = error if isinstance(error, Unbounded) else error.__cause__
    if isinstance(cause, Unbounded):
        return EngineUnavailable(f"{where} {cause}; see whether base_url names an API.")
    if isinstance(error, openai.APITimeoutError):
        return late(where)
    if isinstance(error, openai.APIConnectionError):
        return EngineUnavailable(
            f"{where} cannot be reached; start the server or correct base_url."
        )
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, where=where, reason=shortened(error.message, hidden=hidden))
    if type(error) is openai.APIError:
        reason = shortened(error.message, hidden=hidden)
        return EngineUnavailable(f"{where} broke its answer off ({reason}); try again later.")
    return EngineUnavailable(
        f"{where} sent something that is no answer; see whether base_url names an OpenAI-style API."
    )


def late(where: str) -> EngineUnavailable:
    """Returns the error for a server that takes too long."""
    return EngineUnavailable(f"{where} does not answer in time; see whether it is overloaded.")


def shortened(text: str, *, hidden: Sequence[str]) -> str:
    """Returns the beginning of what a server said, printable and without the keys."""
    for key in hidden:
        text = text.replace(key, _HIDDEN)
    return "".join(c for c in text if c.isprintable())[:_REASON_CHARS].rstrip(".")


def _of_status(
    error: openai.APIStatusError, *, where: str, reason: str
) -> BadInput | EngineUnavailable:
    status = error.status_code
    if status in {401, 403}:
        return EngineUnavailable(
            f"{where} refuses the key; set the variable that api_key_env names to a valid one."
        )
    if status == 404:
        return BadInput(f"{where} does not know what was asked for ({reason}); correct the model.")
    if status == 429:
        return EngineUnavailable(f"{where} asks to wait ({reason}); try again later.")
    if status in {400, 413, 422}:
        return BadInput(f"{where} cannot take the request ({reason}); change it.")
    return EngineUnavailable(f"{where} failed with status {status} ({reason}); try again later.")
