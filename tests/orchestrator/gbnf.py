"""Reads grammars of the form that decoders take, as regular expressions.

Only grammars without recursion can be read so; those of edits have none.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r'"(?P<text>(?:[^"\\]|\\.)*)"'
    r"|(?P<set>\[(?:[^\]\\]|\\.)*\])"
    r"|(?P<times>\{\d+(?:,\d*)?\}|[*?+])"
    r"|(?P<sign>[()|])"
    r"|(?P<name>[A-Za-z][\w-]*)"
    r"|(?P<blank>[ \t]+)"
)
_ESCAPED = re.compile(r"\\(x[0-9A-F]{2}|.)")


def accepts(grammar: str, text: str) -> bool:
    """Whether the whole text follows the grammar; an empty grammar allows nothing."""
    return bool(grammar) and re.fullmatch(pattern_of(grammar), text) is not None


def pattern_of(grammar: str) -> str:
    """Returns a regular expression for the rule `root`."""
    rules = dict(line.split(" ::= ", 1) for line in grammar.split("\n") if line.strip())
    known: dict[str, str] = {}

    def of_rule(name: str) -> str:
        if name not in known:
            known[name] = of_text(rules[name])
        return known[name]

    def of_text(text: str) -> str:
        at, parts = 0, list[str]()
        while at < len(text):
            token = _TOKEN.match(text, at)
            assert token is not None, text[at : at + 40]
            at = token.end()
            parts.append(_piece(token) if token.lastgroup != "name" else of_rule(token["name"]))
        return f"(?:{''.join(parts)})"

    return of_rule("root")


def _piece(token: re.Match[str]) -> str:
    if token.lastgroup == "text":
        return f"(?:{re.escape(_ESCAPED.sub(_meant, token['text']))})"
    if token.lastgroup == "sign":
        return "(?:" if token["sign"] == "(" else token["sign"]
    return token["set"] or token["times"] or ""


def _meant(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] == "x":
        return chr(int(code[1:], 16))
    return {"n": "\n", "t": "\t", "r": "\r"}.get(code, code)
