"""Scrubbing: any value made plain, small and free of secrets, fit for a log line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import cast

from playground.security.secrets import redact

HIDDEN = "***"
"""Stands where a secret was."""

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]

_CHARS_READ = 20_000
_CHARS_KEPT = 4_000
_ITEMS_MAX = 100
_DEPTH_MAX = 6
_SAFE_INTEGER = 2**53

_SECRET_NAME = re.compile(
    r"(?:(?:api|access|auth|private|secret|signing|encryption|session)[-_. ]?key|secret|token"
    r"|passw(?:or)?d|pwd|pass[-_ ]?phrase|authorization|credentials?|cookies?|bearer)\d*$",
    re.IGNORECASE,
)
_LOGIN_IN_URL = re.compile(r"(?<=://)[^/\s@\"'<>]+(?=@)")


def is_secret_name(name: str) -> bool:
    """Whether something of this name holds a secret: `api_key` does, `api_key_env` does not."""
    return _SECRET_NAME.search(name.strip()) is not None


@dataclass(frozen=True, slots=True)
class Scrubber:
    """Hides secrets by the name they stand under, by their form, and known ones by value.

    Attributes:
        secrets: known values, whatever they look like.
    """

    secrets: frozenset[str] = field(default_factory=frozenset[str], repr=False)

    def text(self, text: str) -> str:
        """Returns the text without secrets, logins in URLs included."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            if secret:
                text = text.replace(secret, HIDDEN)
        return redact(_LOGIN_IN_URL.sub(HIDDEN, text))

    def value(self, value: object, *, depth: int = 0) -> Plain:
        """Returns the value as plain data without secrets; long and deep parts are cut."""
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int):
            return value if abs(value) < _SAFE_INTEGER else self._cut(_described(value))
        if isinstance(value, str):
            return self._cut(value)
        if isinstance(value, bytes | bytearray):
            return self._cut(value[: _CHARS_READ + 1].decode("utf-8", "backslashreplace"))
        if depth >= _DEPTH_MAX:
            return "…"
        if isinstance(value, Mapping):
            return self.mapping(cast("Mapping[object, object]", value), depth=depth)
        if isinstance(value, list | tuple | set | frozenset):
            items = islice(cast("Iterable[object]", value), _ITEMS_MAX)
            return [self.value(item, depth=depth + 1) for item in items]
        return self._cut(_described(value))

    def mapping(self, mapping: Mapping[object, object], *, depth: int = 0) -> dict[str, Plain]:
        """Returns a mapping as `value` does; what stands under a secret's name is hidden."""
        result: dict[str, Plain] = {}
        for key, item in islice(mapping.items(), _ITEMS_MAX):
            name = key if isinstance(key, str) else _described(key)
            hide = item is not None and is_secret_name(name)
            result[self._cut(name)] = HIDDEN if hide else self.value(item, depth=depth + 1)
        return result

    def _cut(self, text: str) -> str:
        clean = self.text(text[:_CHARS_READ])
        whole = len(text) <= _CHARS_READ and len(clean) <= _CHARS_KEPT
        return clean if whole else clean[:_CHARS_KEPT] + "…"


def _described(value: object) -> str:
    text = f"<{type(value).__name__} that cannot be shown>"
    # Whatever a foreign object does when asked for its text, a log line must come out.
    with suppress(Exception):
        text = f"{type(value).__name__}: {value}" if isinstance(value, Exception) else str(value)
    return text
