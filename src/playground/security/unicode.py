"""Characters that hide or reorder text: what a person sees is not what a machine reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f"
    "\u2800\u3164\ufeff\uffa0\ufff0-\ufffb\ufe00-\ufe0e"
)
_TAGS = "\U000e0000-\U000e0fff\U0001d173-\U0001d17a"
_HIDDEN = re.compile(f"[{_BIDI}{_INVISIBLE}{_TAGS}]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def hidden_characters(text: str) -> Counter[str]:
    """Counts bidirectional controls, zero-width characters and tags, by "U+XXXX"."""
    return _counted(_HIDDEN, text)


def control_characters(text: str) -> Counter[str]:
    """Counts C0 and C1 controls and the separators U+2028 and U+2029, by "U+XXXX".

    Tab, LF, CR and form feed are ordinary in source text and do not count.
    """
    return _counted(_CONTROL, text)


def hidden_positions(text: str) -> Iterator[int]:
    """Yields the indices of the characters that `hidden_characters` counts."""
    return (match.start() for match in _HIDDEN.finditer(text))


def control_positions(text: str) -> Iterator[int]:
    """Yields the indices of the characters that `control_characters` counts."""
    return (match.start() for match in _CONTROL.finditer(text))


def visible_only(text: str) -> str:
    """Returns the text without characters that hide, reorder or control; half ones go too."""
    return _SURROGATE.sub("", _CONTROL.sub(" ", _HIDDEN.sub("", text)))


def has_surrogates(text: str) -> bool:
    """Whether the text holds half characters, which no UTF-8 file can."""
    return _SURROGATE.search(text) is not None


def new_hidden_characters(before: str, after: str) -> list[str]:
    """Returns the hidden characters of which `after` has more, as "U+XXXX", sorted."""
    return sorted(hidden_characters(after) - hidden_characters(before))


def _counted(pattern: re.Pattern[str], text: str) -> Counter[str]:
    return Counter(f"U+{ord(match.group()):04X}" for match in pattern.finditer(text))
