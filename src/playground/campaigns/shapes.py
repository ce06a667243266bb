"""The shape of an edit: what it does, whatever the names, numbers and texts are that it does it to.

Two edits have one shape when they turn into each other by renaming what is there before. What an
edit brings in that was not there stays as it is, so `except ValueError` and `except Exception`
are two shapes.
"""

from __future__ import annotations

import hashlib
import keyword
import re
from collections.abc import Iterable, Sequence

from playground.domain.aligning import opcodes
from playground.domain.changes import Patch

_TOKEN = re.compile(
    r"""(?P<name>[^\W\d]\w*)|(?P<number>\d[\w.]*)"""
    r"""|(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(?P<space>\s+)|(?P<sign>.)""",
    re.DOTALL,
)
_KEPT = frozenset(keyword.kwlist) | {"self", "cls"}
_DIGITS = 12
_AROUND = 2


def edit_shape(patch: Patch) -> str:
    """Returns 12 hexadecimal digits that are equal for edits of one shape."""
    pairs = [
        ("".join(hunk.before), "".join(hunk.after)) for file in patch.files for hunk in file.hunks
    ]
    return text_shape(pairs)


def text_shape(pairs: Iterable[tuple[str, str]]) -> str:
    """Returns the shape of pairs of a text before and after, in their order."""
    hasher = hashlib.sha256()
    for before, after in pairs:
        names: dict[str, str] = {}
        old = _tokens(before)
        known = {text for kind, text in old if kind in {"name", "number", "text"}}
        new = _tokens(after)
        left = [_masked(token, names, known) for token in old]
        right = [_masked(token, names, known) for token in new]
        for part in _changed(left, right):
            hasher.update(repr(part).encode())
        hasher.update(b"\0")
    return hasher.hexdigest()[:_DIGITS]


def _tokens(text: str) -> list[tuple[str, str]]:
    """Returns kind and text of each token; how lines are broken and indented does not count."""
    return [
        (match.lastgroup or "", match.group())
        for match in _TOKEN.finditer(text)
        if match.lastgroup != "space"
    ]


def _masked(token: tuple[str, str], names: dict[str, str], known: set[str]) -> str:
    """Returns a token with what was there before named by the order in which it comes."""
    kind, text = token
    if kind == "sign" or text in _KEPT or text not in known:
        return text
    return names.setdefault(text, f"<there {len(names)}")


def _changed(left: Sequence[str], right: Sequence[str]) -> Iterable[tuple[object, ...]]:
    """Yields what differs, with the tokens beside it.

    Names are counted anew in each, so that the place in a long line does not matter.
    """
    for tag, i, j, k, m in opcodes(left, right):
        if tag == "equal":
            continue
        renamed: dict[str, str] = {}
        near = [*left[max(0, i - _AROUND) : i], "|", *left[j : j + _AROUND]]
        parts = [near, list(left[i:j]), list(right[k:m])]
        yield tag, *([_again(token, renamed) for token in part] for part in parts)


def _again(token: str, renamed: dict[str, str]) -> str:
    if not token.startswith("<") or " " not in token:  # no code has a blank in a token but texts
        return token
    return renamed.setdefault(token, f"<there {len(renamed)}")
