"""Secrets do not go into prompts: a stand-in is shown, and put back in the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from playground.security.secrets import find_secrets

STAND_IN = "withheld-secret-"


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its secrets.

    Attributes:
        text: with a stand-in for each secret, the same one wherever it stood.
        values: the secrets by their stand-ins; never logged.
    """

    text: str
    values: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


def masked(text: str) -> Masked:
    """Returns the text with stand-ins, which are words of one line that look like no secret."""
    found = dict.fromkeys(secret.value for secret in find_secrets(text))
    values: dict[str, str] = {}
    number = 0
    for value in sorted(found, key=len, reverse=True):
        number += 1
        while f"{STAND_IN}{number}-" in text:
            number += 1
        values[f"{STAND_IN}{number}-"] = value
        text = text.replace(value, f"{STAND_IN}{number}-")
    return Masked(text, values)


def unmasked(text: str, values: Mapping[str, str]) -> str:
    """Returns an answer with the secrets in the places of their stand-ins."""
    for stand_in, value in values.items():
        text = text.replace(stand_in, value)
    return text
