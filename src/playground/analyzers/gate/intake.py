"""The first look at a changed text: bytes, nesting and syntax, relative to the text before.

Only what is newly introduced counts, because one real file in fifty has some such feature. What
passes here can be given to the analyzers' parsers, which bombs would hang or kill.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache

from playground.analyzers.gate.view import side_of
from playground.domain.verdicts import Objection
from playground.security.unicode import (
    control_characters,
    has_surrogates,
    hidden_characters,
)

FILE_BYTES_MAX = 1_000_000
LINE_CHARACTERS_MAX = 5_000
BRACKET_DEPTH_MAX = 80
UNARY_RUN_MAX = 200
TREE_DEPTH_MAX = 200

_COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_UTF8_NAMES = frozenset({"utf-8", "utf8", "u8", "utf", "utf8-ucs2", "utf8-ucs4", "cp65001"})
_ASCII_NAMES = frozenset({"ascii", "us-ascii"})
_LONE_CR = re.compile(r"\r(?!\n)")
_BARE_LF = re.compile(r"(?<!\r)\n")
_UNARY = re.compile(r"(?:[-+~][ \t]*|\bnot[ \t]+|\bawait[ \t]+|\blambda[ \t]*:[ \t]*)+")
_UNARY_PIECE = re.compile(r"[-+~]|not|await|lambda")
_BRACKET = re.compile(r"[()\[\]{}]")
_OPENING = frozenset("([{")
_IDENTIFIER_FIELDS = ("id", "attr", "arg", "name", "asname", "module", "rest")


def objections(before: str | None, after: str, *, language: str = "Python") -> list[Objection]:
    """Returns what the change brings in that no analyzer should be given.

    Args:
        before: the text before, None when the file is new.
        after: the text afterwards.
        language: "Python", "script" for JavaScript and TypeScript, whose syntax is not read here,
            or "" for files that are held to the byte rules alone.
    """
    old = before or ""
    found = [*_bytes(old, after), *_line_ends(before, after)]
    if language == "script":
        return [*found, *_shape(old, after)]
    if not language:
        return found
    found += _cookie(old, after)
    found += _shape(old, after)
    if found:
        return found
    return list(_syntax(before, after))


def _objection(code: str, message: str) -> Objection:
    return Objection(f"intake:{code}", message)


def _bytes(old: str, after: str) -> Iterator[Objection]:
    if has_surrogates(after):
        yield _objection("encoding", "The text holds half characters, which UTF-8 cannot.")
        return
    size = len(after.encode("utf-8"))
    if size > FILE_BYTES_MAX and len(after) > len(old):
        yield _objection("too-large", f"The file would have {size} bytes; keep it below 1 MB.")
    if after.startswith("\ufeff") and not old.startswith("\ufeff"):
        yield _objection("bom", "The file would begin with a byte order mark; leave it out.")
    for code, counted, words in (
        ("control-characters", control_characters, "control characters"),
        ("hidden-characters", hidden_characters, "characters that no one can see"),
    ):
        new = _more(counted, old, after)
        if new:
            yield _objection(code, f"The change brings in {words} ({', '.join(new[:5])}).")
    if len(_LONE_CR.findall(after)) > len(_LONE_CR.findall(old)):
        yield _objection("lone-cr", "The change brings in a carriage return without line feed.")
    if _longest_line(after) > max(LINE_CHARACTERS_MAX, _longest_line(old)):
        yield _objection("long-line", f"A line is longer than {LINE_CHARACTERS_MAX} characters.")


def _more(counted: Callable[[str], Counter[str]], old: str, after: str) -> list[str]:
    new = counted(after) - counted(old)
    new.pop("U+FEFF", None)  # the byte order mark has an objection of its own
    if "\ufeff" in after[1:] and "\ufeff" not in old[1:]:
        new["U+FEFF"] = 1
    return sorted(kind for kind, count in new.items() if count)


def _longest_line(text: str) -> int:
    return max(map(len, text.split("\n")))


def _line_ends(before: str | None, after: str) -> Iterator[Objection]:
    """A file keeps its kind of line ends, and its last newline."""
    if before is None:
        if "\r\n" in after and _BARE_LF.search(after):
            yield _objection("line-ends", "The new file mixes two kinds of line ends; use one.")
        return
    old_crlf, old_lf = before.count("\r\n"), len(_BARE_LF.findall(before))
    new_crlf, new_lf = after.count("\r\n"), len(_BARE_LF.findall(after))
    if old_crlf and not old_lf and new_lf:
        yield _objection("line-ends", "The file's lines end in CRLF; keep that.")
    elif new_crlf and not old_crlf and old_lf:
        yield _objection("line-ends", "The file's lines end in LF; keep that.")
    if before.endswith("\n") and after and not after.endswith("\n"):
        yield _objection("last-newline", "The file's last line lost its line end; keep it.")


def _cookie(old: str, after: str) -> Iterator[Objection]:
    new = _cookie_of(after)
    if not new or new in _UTF8_NAMES:
        return
    known = new == _cookie_of(old)
    if not known and new not in _ASCII_NAMES:
        yield _objection("coding", f"The file would declare the encoding {new}; use UTF-8.")
    elif not after.isascii() and (not known or old.isascii()):
        # The syntax is looked at as text, so nothing else would tell that Python cannot read it.
        message = f"The file declares the encoding {new} and would hold other characters."
        yield _objection("coding", message)


def _cookie_of(text: str) -> str:
    for line in re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"), maxsplit=2)[:2]:
        match = _COOKIE.match(line)
        if match:
            return match[1].lower().replace("_", "-")
        if line.strip() and not line.strip().startswith("#"):
            return ""
    return ""


def _shape(old: str, after: str) -> Iterator[Objection]:
    """Nesting is measured on raw text, strings included, before any parser sees it."""
    depth = _bracket_depth(after)
    if depth > BRACKET_DEPTH_MAX and depth > _bracket_depth(old):
        yield _objection("nesting", f"Brackets are nested deeper than {BRACKET_DEPTH_MAX}.")
    run = _unary_run(after)
    if run >= UNARY_RUN_MAX and run > _unary_run(old):
        yield _objection("nesting", f"{UNARY_RUN_MAX} or more operators follow each other.")


def _bracket_depth(text: str) -> int:
    """Returns the deepest nesting; a closing bracket too many does not make room for more."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        if bracket in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth = max(0, depth - 1)
    return deepest


def _unary_run(text: str) -> int:
    long = (line for line in text.split("\n") if len(line) >= UNARY_RUN_MAX)  # none spans lines
    found = (match.group() for line in long for match in _UNARY.finditer(line))
    runs = (run for run in found if len(run) >= UNARY_RUN_MAX)
    return max((len(_UNARY_PIECE.findall(run)) for run in runs), default=0)


def _syntax(before: str | None, after: str) -> Iterator[Objection]:
    new_side, old_side = side_of(after), side_of(before or "")
    if new_side.tree is None:
        if before is None or old_side.tree is not None:
            yield _objection("syntax", "The file would no longer be valid Python.")
        return
    if new_side.depth > TREE_DEPTH_MAX and new_side.depth > old_side.depth:
        yield _objection("nesting", f"The code is nested deeper than {TREE_DEPTH_MAX} levels.")
    new = _foreign_identifiers(after) - _foreign_identifiers(before or "")
    new |= _lookalikes(after) - _lookalikes(before or "")
    if new:
        names = ", ".join(ascii(name) for name in sorted(new)[:3])
        yield _objection("identifiers", f"Names hold characters outside ASCII ({names}).")


@lru_cache(maxsize=32)
def _foreign_identifiers(text: str) -> set[str]:
    names: set[str] = set()
    if not any(("a" + character).isidentifier() for character in _foreign(text)):
        return names
    for node in side_of(text).nodes:
        for field in _IDENTIFIER_FIELDS:
            value: object = getattr(node, field, None)
            if isinstance(value, str) and not value.isascii():
                names.add(value)
        if isinstance(node, ast.Global | ast.Nonlocal):
            names.update(name for name in node.names if not name.isascii())
    return names


def _lookalikes(text: str) -> set[str]:
    """Returns letters that Python reads as ASCII ones, such as full-width or bold letters."""
    return {
        character
        for character in _foreign(text)
        if ("a" + character).isidentifier() and unicodedata.normalize("NFKC", character).isascii()
    }


def _foreign(text: str) -> set[str]:
    """Returns the characters outside ASCII."""
    return set() if text.isascii() else {c for c in set(text) if not c.isascii()}
