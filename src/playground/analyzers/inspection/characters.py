"""What can be wrong with the characters of a source text: what a person sees is not what is there.

Ordinary text of any language stays ordinary: joiners between letters of scripts that need them,
marks of direction in right-to-left words and names in one foreign script are no findings.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from playground.analyzers.inspection import Spot
from playground.analyzers.inspection.code import CodeParts, bracket_depth, is_python
from playground.domain.findings import Severity
from playground.security.unicode import control_positions, hidden_positions

RULES = (
    "text-bidirectional",
    "text-byte-order-mark",
    "text-coding-cookie",
    "text-conflict-marker",
    "text-control",
    "text-hidden",
    "text-lone-carriage-return",
    "text-lookalike-name",
    "text-mixed-line-ends",
    "text-nesting",
    "text-not-utf8",
    "text-tag-characters",
)
"""Every rule, in order."""

BRACKET_DEPTH_MAX = 200
"""Brackets deeper than this are more than CPython's tokenizer reads."""

_SPOTS_OF_A_RULE_MAX = 100
_KINDS_SHOWN_MAX = 3
_NAME_LENGTH_MAX = 200

_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MARKS = frozenset("\u061c\u200e\u200f")
_JOINING = frozenset("\u034f\u200c\u200d") | {chr(c) for c in range(0xFE00, 0xFE0F)}

_BLANK_BRAILLE = "\u2800"
_BRAILLE = re.compile("[^\u2801-\u28ff]?[\u2801-\u28ff]")

_COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_UTF8 = frozenset({"utf-8", "utf8", "u8", "utf", "utf-8-sig", "cp65001", "ascii", "us-ascii"})
_SUPERSETS_OF_ASCII = re.compile(
    r"(?:iso-?8859|latin|l[1-9]$|cp125|cp437|cp85|cp86|windows-125|koi8|mac|gb|big5|euc|tis)"
)
_LONE_CR = re.compile(r"\r(?!\n)")
_BARE_LF = re.compile(r"(?<!\r)\n")
_CONFLICT = re.compile(r"^(?:<{7}(?= )|={7}(?=\r?$)|\|{7}(?= )|>{7}(?= ))", re.MULTILINE)
# It begins where a word does, so that no long word is searched from each of its characters.
_FOREIGN_WORD = re.compile(r"(?<!\w)\w*[^\W\x00-\x7f]\w*")

_LOOKALIKES = {
    foreign: plain
    for many, alike in (
        # Cyrillic, Greek without the letters that formulas use, Armenian, rare Latin
        (
            "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b",
            "aeopcyxijsdq",
        ),
        (
            "\u051d\u04bb\u04cf\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421",
            "whlABEKMHOPC",
        ),
        ("\u0422\u0425\u0423\u0406\u0408\u0405\u051a\u051c", "TXYIJSQW"),
        (
            "\u03bf\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1",
            "oABEZHIKMNOP",
        ),
        ("\u03a4\u03a5\u03a7", "TYX"),
        ("\u0585\u057d\u0570\u0578\u0131\u0261", "ouhnig"),
    )
    for foreign, plain in zip(many, alike, strict=True)
}
_CYRILLIC = re.compile(r"[\u0400-\u052f]+\Z")


def objections(path: str, *, text: str) -> Iterator[Spot]:
    """Yields what is wrong with a text; of each rule one for a line, and a bounded number.

    Args:
        path: tells the language by its ending.
        text: the file's text.
    """
    yield from _line_ends(text)
    yield from _conflicts(text)
    yield from _control(text)
    yield from _nesting(path, text)
    if is_python(path):
        yield from _cookie(text)
    if not text.isascii():
        yield from _byte_order_mark(text)
        yield from _hidden(text)
        yield from _lookalikes(path, text)


def _line_ends(text: str) -> Iterator[Spot]:
    if "\r" not in text:
        return
    for match in islice(_LONE_CR.finditer(text), _SPOTS_OF_A_RULE_MAX):
        yield Spot(
            "text-lone-carriage-return",
            "A carriage return without line feed: some programs begin a new line here, some do not",
            *match.span(),
            Severity.WARNING,
        )
    crlf, bare = text.count("\r\n"), len(_BARE_LF.findall(text))
    if crlf and bare:
        rare, word = ("\r\n", "CRLF") if crlf <= bare else ("\n", "LF")
        first = text.index("\r\n") if rare == "\r\n" else next(_BARE_LF.finditer(text)).start()
        message = f"The file mixes line ends: this line ends in {word}, most end in the other"
        yield Spot("text-mixed-line-ends", message, first, first + len(rare), Severity.NOTE)


def _conflicts(text: str) -> Iterator[Spot]:
    """A line of equals signs alone is an ordinary underline; the opening and the end are not."""
    if "\n<<<<<<< " not in f"\n{text}" or "\n>>>>>>> " not in text:
        return
    for match in islice(_CONFLICT.finditer(text), _SPOTS_OF_A_RULE_MAX):
        message = f"A merge conflict is left unresolved ({match.group()})"
        yield Spot("text-conflict-marker", message, *match.span(), Severity.ERROR)


def _control(text: str) -> Iterator[Spot]:
    places = list(control_positions(text))
    yield from _by_line(text, places, rule="text-control", words="Control character")


def _nesting(path: str, text: str) -> Iterator[Spot]:
    if sum(map(text.count, "([{")) <= BRACKET_DEPTH_MAX or bracket_depth(text) <= BRACKET_DEPTH_MAX:
        return
    if bracket_depth(CodeParts(path, text).text) > BRACKET_DEPTH_MAX:
        message = f"Brackets are nested deeper than {BRACKET_DEPTH_MAX}, which parsers give up on"
        yield Spot("text-nesting", message, 0, 0, Severity.ERROR)


def _cookie(text: str) -> Iterator[Spot]:
    start = 0
    for line in text.removeprefix("\ufeff").split("\n", 2)[:2]:
        match = _COOKIE.match(line)
        if match is None and line.strip() and not line.strip().startswith("#"):
            return
        if match is not None:
            name = match[1].lower().replace("_", "-")
            harmless = text.isascii() and _SUPERSETS_OF_ASCII.match(name)
            if name not in _UTF8 and not harmless:
                offset = start + (1 if text.startswith("\ufeff") else 0)
                message = (
                    f"The file declares the encoding {name}, so Python reads other characters "
                    "than editors and analyzers do"
                )
                span = (offset + match.start(1), offset + match.end(1))
                yield Spot("text-coding-cookie", message, *span, Severity.ERROR)
            return
        start += len(line) + 1


def _byte_order_mark(text: str) -> Iterator[Spot]:
    if text.startswith("\ufeff"):
        message = "The file begins with a byte order mark"
        yield Spot("text-byte-order-mark", message, 0, 1, Severity.NOTE, "safe")


def _hidden(text: str) -> Iterator[Spot]:
    by_rule: defaultdict[str, list[int]] = defaultdict(list)
    for index in hidden_positions(text):
        rule = _rule_of_hidden(text, index)
        if rule:
            by_rule[rule].append(index)
    yield from _by_line(
        text,
        by_rule["text-bidirectional"],
        rule="text-bidirectional",
        words="The line is shown in another order than it is read",
    )
    yield from _by_line(
        text, by_rule["text-tag-characters"], rule="text-tag-characters", words="Invisible text"
    )
    yield from _by_line(
        text, by_rule["text-hidden"], rule="text-hidden", words="Invisible character"
    )


def _rule_of_hidden(text: str, index: int) -> str:
    """Returns the rule that a hidden character breaks, "" where it is ordinary text."""
    character = text[index]
    if character in _REORDERING:
        return "text-bidirectional"
    if character >= "\U000e0000":
        return "text-tag-characters"
    if character == "\ufeff" and index == 0:
        return ""
    before = text[index - 1] if index else ""
    after = text[index + 1 : index + 2]
    foreign = before > "\x7f" and not _is_hidden(before)
    if character in _JOINING and foreign:
        return ""
    if character == _BLANK_BRAILLE and _BRAILLE.match(before + after):
        return ""
    if character in _MARKS and (_is_right_to_left(before) or _is_right_to_left(after)):
        return ""
    return "text-hidden"


def _is_hidden(character: str) -> bool:
    return next(iter(hidden_positions(character)), None) is not None


def _is_right_to_left(character: str) -> bool:
    return bool(character) and unicodedata.bidirectional(character) in {"R", "AL", "AN"}


def _by_line(text: str, places: list[int], *, rule: str, words: str) -> Iterator[Spot]:
    """Yields one spot for each line that holds some of the characters, from the first to the last.

    Characters that follow each other directly can be left out in one edit.
    """
    lines: list[list[int]] = []
    line_end = -1
    for index in places:
        if index > line_end:
            after = text.find("\n", index)
            line_end = after if after >= 0 else len(text)
            lines.append([])
        lines[-1].append(index)
    for found in lines[:_SPOTS_OF_A_RULE_MAX]:
        kinds = sorted({f"U+{ord(text[index]):04X}" for index in found})
        shown = ", ".join(kinds[:_KINDS_SHOWN_MAX])
        more = f" and {len(kinds) - _KINDS_SHOWN_MAX} more" if len(kinds) > _KINDS_SHOWN_MAX else ""
        start, end = found[0], found[-1] + 1
        whole = end - start == len(found)
        severity = Severity.ERROR
        if rule in {"text-hidden", "text-control"} and "\0" not in text[start:end]:
            severity = Severity.WARNING
        removal = "unsafe" if whole else ""
        yield Spot(rule, f"{words} ({shown}{more})", start, end, severity, removal)


def _lookalikes(path: str, text: str) -> Iterator[Spot]:
    parts: CodeParts | None = None
    count = 0
    for match in _FOREIGN_WORD.finditer(text):
        word = match.group()
        reading = _reading(word) if len(word) <= _NAME_LENGTH_MAX else ""
        if not reading:
            continue
        parts = parts or CodeParts(path, text)
        if parts.is_code(match.start()):
            count += 1
            message = f"The name {word!a} looks like '{reading}' and is another one"
            if unicodedata.normalize("NFKC", word).isascii():
                message = f"The name {word!a} is '{reading}' to Python and not to a search"
            yield Spot("text-lookalike-name", message, *match.span(), Severity.WARNING)
        if count == _SPOTS_OF_A_RULE_MAX:
            return


def _reading(word: str) -> str:
    """Returns the ASCII name that a person reads, "" when it is plainly a foreign word."""
    plain = unicodedata.normalize("NFKC", word)
    if plain.isascii():
        return plain
    read = "".join(_LOOKALIKES.get(character, character) for character in plain)
    if not read.isascii() or not read.isidentifier():
        return ""
    mixed = any(character.isascii() and character.isalpha() for character in plain)
    return read if mixed or (len(plain) > 1 and _CYRILLIC.match(plain)) else ""
