"""Validation of what people type, and safe display of text from elsewhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from playground.domain.errors import BadInput

_NAMED_MAX = 3

_ESCAPE_SEQUENCE = re.compile(
    r"\x1b\[[0-?]{0,64}[ -/]{0,16}[@-~]"  # colours, cursor keys, bracketed paste
    r"|\x1b\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)"  # window titles, links
    r"|\x1b[@-Z\\-_]"
)
_LINE_END = re.compile(r"\r\n?|[\u0085\u2028\u2029]")
# Left over from pasting and without meaning in a request.
_DROPPED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"
    "\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb]"
)
# Able to hide words from the person who approves: overrides of direction, tags, invisible
# variation selectors and broken characters.
_REFUSED = re.compile(
    "[\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
_PLAIN = re.compile(r"[^\x20-\x7e\n\t]")
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    chr(code) for code in (*range(0x180B, 0x1810), *range(0xE0100, 0xE01F0))
)
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_RULE = re.compile(r"@?[A-Za-z][A-Za-z0-9_/-]{0,79}", re.ASCII)
_CHAT_MARKUP = re.compile(
    r"<\|[A-Za-z_][A-Za-z0-9_ -]{0,40}\|>|</?s>|\[/?INST\]|<</?SYS>>"
    r"|<(?:start|end)_of_turn>|<\uff5c[^\s<>]{1,40}\uff5c>"
)


def clean_request(text: str, *, chars_max: int) -> str:
    """Returns a request in words as it may be kept and sent to an engine.

    Lines end with LF; terminal escape sequences, control characters and meaningless invisible
    ones, as pasting leaves them, are dropped; the ends are stripped. Letters stay as they were
    typed.

    Raises:
        BadInput: nothing is left, it is too long, or it holds characters that can hide words.
    """
    if len(text) > 4 * chars_max:
        raise _too_long(chars_max)
    plain = _LINE_END.sub("\n", _ESCAPE_SEQUENCE.sub("", text))
    hiding = _REFUSED.findall(plain)
    if hiding:
        raise BadInput(
            f"The request holds invisible characters that can hide words ({_codes(hiding)}); "
            "type it without them."
        )
    clean = _DROPPED.sub("", plain).strip()
    if not any(unicodedata.category(c)[0] in "LNPS" for c in clean):
        raise BadInput("The request is empty; say in words what to do.")
    if len(clean) > chars_max:
        raise _too_long(chars_max)
    return clean


def _too_long(chars_max: int) -> BadInput:
    return BadInput(f"The request is longer than {chars_max} characters; make it shorter.")


def _codes(characters: Iterable[str]) -> str:
    unique = list(dict.fromkeys(f"U+{ord(c):04X}" for c in characters))
    more = [] if len(unique) <= _NAMED_MAX else ["…"]
    return ", ".join([*unique[:_NAMED_MAX], *more])


def clean_identifier(text: str, *, what: str) -> str:
    """Returns an id or name without the blanks around it: letters, digits, ".", "-" and "_".

    Args:
        text: as it was typed.
        what: what it should name, for the message, such as "run" or "engine".

    Raises:
        BadInput: it is empty, longer than 64 characters, or has other characters.
    """
    clean = text.strip()
    if not _IDENTIFIER.fullmatch(clean):
        raise BadInput(
            f"{_quoted(clean)} cannot name a {what}; "
            "use letters, digits, '.', '-' and '_', at most 64."
        )
    return clean


def clean_rule(text: str) -> str:
    """Returns a rule's id, or its beginning, without the blanks around it.

    Raises:
        BadInput: no analyzer could have a rule of this name.
    """
    clean = text.strip()
    if not _RULE.fullmatch(clean):
        raise BadInput(
            f"{_quoted(clean)} is no rule; write it as analyzers do, "
            "such as B006 or reportOptionalMemberAccess."
        )
    return clean


def _quoted(text: str) -> str:
    cut = text if len(text) <= 60 else text[:60] + "…"
    return f'"{printable(cut, one_line=True)}"'


def printable(text: str, *, one_line: bool = False) -> str:
    r"""Returns the text with everything that a terminal would not show as itself made visible.

    Control, direction, invisible and broken characters become escapes such as `\x1b` and
    `\u202e`, so that text from a repository can neither move the cursor nor pretend to be
    something else. The result never holds a terminal control besides LF and TAB.

    Args:
        text: any text, also with lone surrogates.
        one_line: whether LF and TAB are escaped too, for paths and messages.
    """
    shown = _PLAIN.sub(lambda match: _visible(match.group()), text)
    return shown.replace("\n", "\\n").replace("\t", "\\t") if one_line else shown


def _visible(character: str) -> str:
    if unicodedata.category(character) in _UNSEEN_CATEGORIES or character in _UNSEEN:
        return character.encode("unicode_escape").decode("ascii")
    return character


def chat_markup(text: str) -> tuple[str, ...]:
    """Returns the control words of chat formats in a text, each once, in their order.

    An engine that reads such words inside a message as the end of the message would let the
    text speak with another's voice, so callers refuse to send it.
    """
    return tuple(dict.fromkeys(_CHAT_MARKUP.findall(text)))
