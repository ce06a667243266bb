"""Edit shapes: what an edit does, without the names and the numbers of the place where it was made.

Two edits of one shape teach the same thing, so one of them is enough as an example. The shape is
what a comparison of tokens leaves when everything that the code already said is replaced by its
place: `zip(a, b)` → `zip(a, b, strict=True)` and `zip(x, y)` → `zip(x, y, strict=True)` are one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

SHAPE_CHARS = 16
TOKENS_MAX = 1_000
"""Longer edits have no shape: comparing them costs more than one example less is worth."""

_TOKEN = re.compile(
    r"""
    (?P<text>\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''
        |"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)
    | (?P<number>\d[\w.]*)
    | (?P<name>[^\W\d]\w*)
    | (?P<sign>\*\*=?|//=?|>>=?|<<=?|===?|!==?|[-+*/%&|^<>:@]=|->|=>|&&|\|\||\?\?|\?\.|[^\w\s])
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS = frozenset(
    {
        *("and", "as", "assert", "async", "await", "break", "case", "catch", "class", "const"),
        *("continue", "def", "del", "do", "elif", "else", "except", "export", "extends", "False"),
        *("finally", "for", "from", "function", "global", "if", "import", "in", "interface", "is"),
        *("lambda", "let", "match", "new", "None", "nonlocal", "not", "null", "of", "or", "pass"),
        *("raise", "return", "static", "switch", "this", "throw", "True", "try", "type", "typeof"),
        *("undefined", "var", "void", "while", "with", "yield"),
    }
)


def edit_shape(before: str, after: str) -> str:
    """Returns the shape of an edit as 16 hexadecimal digits.

    It is "" where there is none: nothing was changed but spaces, or the edit is too long.

    Args:
        before: a region's text.
        after: the same region's text afterwards.
    """
    said = edit_outline(before, after)
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:SHAPE_CHARS] if said else ""


def edit_outline(before: str, after: str) -> str:
    """Returns the shape as text: what is taken away after `-`, what is put in after `+`.

    Names, numbers and texts that the code had before are `$1`, `$2` and so on, in the order in
    which the edit touches them; what the edit brings in stands for itself.
    """
    old = [match.group() for match in _tokens(before)]
    new = [match.group() for match in _tokens(after)]
    known = set(old) - _WORDS
    places: dict[str, str] = {}
    parts: list[str] = []
    for removed, added in _changes(old, new):
        for sign, tokens in (("-", removed), ("+", added)):
            if tokens:
                parts.append(sign + " ".join(_placed(token, known, places) for token in tokens))
    return "\n".join(parts)


def _tokens(text: str) -> Iterator[re.Match[str]]:
    return _TOKEN.finditer(text)


def _changes(
    old: Sequence[str], new: Sequence[str]
) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    same = _common(old, new)
    old, new = old[same:], new[same:]
    same = _common(old[::-1], new[::-1])
    old, new = old[: len(old) - same], new[: len(new) - same]
    if len(old) > TOKENS_MAX or len(new) > TOKENS_MAX:
        return
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, low, high, start, end in matcher.get_opcodes():
        if kind != "equal":
            yield old[low:high], new[start:end]


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """Returns how many tokens at the beginning are the same."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(old), len(new)))


def _placed(token: str, known: set[str], places: dict[str, str]) -> str:
    if token not in known or not (token[0].isalnum() or token[0] in "_\"'`"):
        return token
    return places.setdefault(token, f"${len(places) + 1}")
