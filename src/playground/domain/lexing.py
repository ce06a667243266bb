"""Source text as tokens in a form that no formatter changes.

White space, quotes, brackets around expressions, commas, semicolons and line breaks are what
formatters rewrite, so none of them shows in a token's form. The lexer never fails: what it cannot
make sense of becomes one token a character. It is meant for comparing, not for understanding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple


class Language(StrEnum):
    """How strings and comments are written."""

    PYTHON = "python"
    JAVASCRIPT = "javascript"


_JAVASCRIPT_SUFFIXES = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts")


def language_of(path: str) -> Language:
    """Returns the language of a file by its name, Python for all that is not JavaScript."""
    return Language.JAVASCRIPT if path.lower().endswith(_JAVASCRIPT_SUFFIXES) else Language.PYTHON


class Token(NamedTuple):
    """One token.

    Attributes:
        kind: "name", "number", "string", "comment" or "op".
        form: the text as no formatter changes it.
        start: offset of its first character.
        end: offset after its last character.
        depth: how many brackets are open around it.
        fresh: whether it begins a line: in Python a logical one, elsewhere a physical one.
    """

    kind: str
    form: str
    start: int
    end: int
    depth: int
    fresh: bool


_NUMBER_AND_NAME = r"(?P<number>\.?\d(?:[eE][+-]\d|[\w.])*+)|(?P<name>\w++)"
_PYTHON = re.compile(
    r"(?P<string>(?:\b[rbuftRBUFT]{1,2})?(?:"
    r'"""(?:[^\\"]++|\\.|"(?!""))*+(?:"""|\Z)'
    r"|'''(?:[^\\']++|\\.|'(?!''))*+(?:'''|\Z)"
    r'|"(?:[^"\\\n]++|\\.)*+"?'
    r"|'(?:[^'\\\n]++|\\.)*+'?))"
    r"|(?P<comment>\#[^\n]*)|" + _NUMBER_AND_NAME +
    r"|(?P<op>->|:=|\.\.\.|\*\*=?|//=?|>>=?|<<=?|[-+*/%&|^@=!<>]=|[^\w\s])",
    re.DOTALL,
)  # fmt: skip
_JAVASCRIPT = re.compile(
    r"(?P<comment>//[^\n]*|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z))"
    r"|(?P<before>[=(,:;!&|?{}\[])(?P<blank>\s*+)"
    r"(?P<regex>/(?![*/])(?:[^/\\\n\[]++|\\.|\[(?:[^\]\\\n]|\\.){0,400}+\])++/\w*)"
    r'|(?P<string>"(?:[^"\\\n]++|\\.)*+"?'
    r"|'(?:[^'\\\n]++|\\.)*+'?"
    r"|`(?:[^`\\]++|\\.)*+`?)|" + _NUMBER_AND_NAME.replace(r"\w++", r"[\w$]++") +
    r"|(?P<op>=>|===?|!==?|\?\?=?|\?\.|\.\.\.|\+\+|--|&&=?|\|\|=?|\*\*=?|>>>?=?|<<=?"
    r"|[-+*/%&|^<>]=|[^\w\s])",
    re.DOTALL,
)  # fmt: skip
_PATTERNS = {Language.PYTHON: _PYTHON, Language.JAVASCRIPT: _JAVASCRIPT}
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_UNSEEN = frozenset("(),;\\")
_BEGINNING = frozenset(
    {"def", "class", "import", "return", "try", "while", "with", "raise", "pass", "break", "del",
     "continue", "global", "nonlocal", "assert", "except", "finally", "elif"}
)  # fmt: skip
_QUOTED = re.compile(r"\\(['\"`])")
_PREFIX = re.compile(r"[rbuftRBUFT]*")
_QUOTES = ('"""', "'''", '"', "'", "`")


def tokens_of(text: str, *, language: Language = Language.PYTHON) -> list[Token]:
    """Returns the tokens that a formatter keeps, in their order; never raises."""
    found: list[Token] = []
    python = language is Language.PYTHON
    depth, after, fresh, escaped, before = 0, 0, True, False, ""
    for kind, start, end in _pieces(text, language):
        if not fresh and "\n" in text[after:start]:
            if python and depth and text[start:end] in _BEGINNING:
                depth = 0  # a bracket was left open; no statement stands inside of one
            fresh = not python or (depth == 0 and not escaped)
        joins = python and not fresh and before == kind == "string"
        after, escaped, before = end, False, kind
        form = text[start:end]
        if kind == "op":
            depth = max(0, depth + (form in _OPENING) - (form in _CLOSING))
            escaped = form == "\\"
            if form in _UNSEEN:
                continue
        elif kind == "string":
            form = _string_form(form)
            if joins:
                found[-1] = found[-1]._replace(form=found[-1].form + form[1:], end=end)
                continue
        elif kind == "comment":
            form = "#" + " ".join(form.lstrip("#/*! \t").split())
        elif kind == "number":
            form = form.lower()
        found.append(Token(kind, form, start, end, depth, fresh))
        fresh = False
    return found


def _pieces(text: str, language: Language) -> Iterator[tuple[str, int, int]]:
    for match in _PATTERNS[language].finditer(text):
        kind = match.lastgroup or "op"
        if kind == "regex":
            yield "op", match.start("before"), match.end("before")
            yield "string", match.start("regex"), match.end()
        else:
            yield kind, match.start(), match.end()


def _string_form(text: str) -> str:
    prefix = _PREFIX.match(text)
    head = prefix.group() if prefix else ""
    body = text[len(head) :]
    for quote in _QUOTES:
        if body.startswith(quote):
            body = body[len(quote) :].removesuffix(quote)
            break
    body = "".join(_QUOTED.sub(r"\1", body).split())
    return '"' + head.lower().replace("u", "").replace("f", "").replace("t", "") + body


def forms_of(text: str, *, language: Language = Language.PYTHON) -> tuple[str, ...]:
    """Returns the forms of all tokens but comments: equal for one code in two layouts."""
    tokens = tokens_of(text, language=language)
    return tuple(token.form for token in tokens if token.kind != "comment")
