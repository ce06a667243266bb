"""Secrets do not go into prompts: a stand-in is shown, and put back in the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from playground.security.secrets import find_secrets

STAND_IN = "withheld-secret-"

_ROUNDS_MAX = 8


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its secrets.

    Attributes:
        text: with a stand-in for each secret, the same one wherever it stood.
        values: the secrets by their stand-ins, in the order they were taken out; never logged.
    """

    text: str
    values: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


def masked(text: str) -> Masked:
    """Returns the text with stand-ins, which are words of one line that look like no secret."""
    values: dict[str, str] = {}
    number = 0
    for _ in range(_ROUNDS_MAX):
        # What stands beside a secret may become one when the secret is gone.
        found = {secret.value for secret in find_secrets(text)}
        found |= {value for value in values.values() if value in text}
        if not found:
            break
        for value in sorted(found, key=lambda value: (-len(value), value)):
            number += 1
            while f"{STAND_IN}{number}-" in text:
                number += 1
            values[f"{STAND_IN}{number}-"] = value
            text = text.replace(value, f"{STAND_IN}{number}-")
    return Masked(text, values)


def unmasked(text: str, values: Mapping[str, str]) -> str:
    """Returns an answer with the secrets in the places of their stand-ins."""
    for stand_in, value in reversed(list(values.items())):
        text = text.replace(stand_in, value)
    return text
