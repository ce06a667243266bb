"""Edit shapes: what an edit does, without the names and the numbers of the place where it was made.

Two edits of one shape teach the same thing, so one of them is enough as an example. The shape is
what a comparison of tokens leaves when everything that the code already said is replaced by its
place: `zip(a, b)` → `zip(a, b, strict=True)` and `zip(x, y)` → `zip(x, y, strict=True)` are one.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

SHAPE_CHARS = 16
TOKENS_MAX = 1_000
"""Longer edits have no shape: comparing them costs more than one example less is worth."""

PAIRS_MAX = 100_000
"""Pairs of equal tokens that are looked at: a second's work, where tokens hardly differ."""

_TOKEN = re.compile(
    # A quote without an end is a sign; what follows a long one is one token, so that no text can
    # make the same characters be looked at from many quotes in turn.
    r"""
    (?P<text>\"\"\"(?:\\.|[^\\"]|"(?!""))*+\"\"\"|'''(?:\\.|[^\\']|'(?!''))*+'''
        |\"\"\"(?:\\.|[^\\"]|"(?!"")){200,}+|'''(?:\\.|[^\\']|'(?!'')){200,}+
        |"(?:\\.|[^"\\\n])*+"|'(?:\\.|[^'\\\n])*+'|`(?:\\.|[^`\\])*+`
        |"(?:\\.|[^"\\\n]){200,}+|'(?:\\.|[^'\\\n]){200,}+|`(?:\\.|[^`\\]){200,}+)
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
        *("cls", "self"),  # names that are never the place's own
    }
)


def edit_shape(before: str, after: str, *, around: int = 0) -> str:
    """Returns the shape of an edit as 16 hexadecimal digits.

    It is "" where there is none: nothing was changed but spaces, or the edit is too long.

    Args:
        before: a region's text.
        after: the same region's text afterwards.
        around: how many tokens beside each change belong to the shape.
    """
    said = edit_outline(before, after, around=around)
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:SHAPE_CHARS] if said else ""


def shape_of_all(pairs: Iterable[tuple[str, str]], *, around: int = 0) -> str:
    """Returns the shape of several edits in their order, "" where one of them has none.

    Args:
        pairs: texts before and after.
        around: as for `edit_shape`.
    """
    shapes = [edit_shape(before, after, around=around) for before, after in pairs]
    if not all(shapes):
        return ""
    return hashlib.sha256("\n".join(shapes).encode()).hexdigest()[:SHAPE_CHARS] if shapes else ""


def edit_outline(before: str, after: str, *, around: int = 0) -> str:
    """Returns the shape as text: what is taken away after `-`, what is put in after `+`.

    Names, numbers and texts that the code had before are `$1`, `$2` and so on, in the order in
    which the edit touches them; what the edit brings in stands for itself. Where tokens beside
    the change are asked for, they come first, with `|` in place of the change.
    """
    old = [match.group() for match in _tokens(before)]
    new = [match.group() for match in _tokens(after)]
    known = set(old) - _WORDS
    places: dict[str, str] = {}
    parts: list[str] = []
    for removed, added in _changes(old, new):
        start, stop = removed.start, removed.stop
        if around:
            left, right = old[max(0, start - around) : start], old[stop : stop + around]
            parts.append(" ".join(_placed(token, known, places) for token in (*left, "|", *right)))
        for sign, tokens in (("-", old[start:stop]), ("+", new[added.start : added.stop])):
            if tokens:
                parts.append(sign + " ".join(_placed(token, known, places) for token in tokens))
    return "\n".join(parts)


def _tokens(text: str) -> Iterator[re.Match[str]]:
    return _TOKEN.finditer(text)


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[range, range]]:
    """Yields which tokens are taken away, and which are put in in their place."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    before, after = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(before) > TOKENS_MAX or len(after) > TOKENS_MAX or _pairs(before, after) > PAIRS_MAX:
        return
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, low, high, start, end in matcher.get_opcodes():
        if kind != "equal":
            yield range(head + low, head + high), range(head + start, head + end)


def _pairs(old: Sequence[str], new: Sequence[str]) -> int:
    """Returns how many pairs of equal tokens there are, which is what comparing costs."""
    counts = Counter(new)
    return sum(many * counts[token] for token, many in Counter(old).items())


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """Returns how many tokens at the beginning are the same."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(old), len(new)))


def _placed(token: str, known: set[str], places: dict[str, str]) -> str:
    if token not in known or not (token[0].isalnum() or token[0] in "_\"'`"):
        return token
    return places.setdefault(token, f"${len(places) + 1}")
