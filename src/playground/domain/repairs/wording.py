"""Repairs that change how something is written and nothing that happens."""

from __future__ import annotations

import ast
import builtins
import re
import tokenize
from collections import abc
from collections.abc import Sequence

from playground.domain.findings import Finding
from playground.domain.repairs.naming import binds, declared
from playground.domain.repairs.places import imported, named
from playground.domain.repairs.source import FUNCTIONS, Edit, Source, tokens, walked

_EQUAL = re.compile(r"[\s)]*(==|!=)")
_PREFIX = re.compile(r"[A-Za-z]*")
_ESCAPES = "\n\\'\"abfnrtv01234567x"
_SECRET = re.compile(
    r"passw|passphrase|secret|token|credential|sign|hmac|salt|auth|crypt|cookie|key", re.IGNORECASE
)
_GIVES_NONE = re.compile(r'Type "([^"]+ \| None|None)" is not assignable to return type "([^"]+)"')
_SAID = re.compile(r'Use "(\w+)" instead')


def types_by_identity(source: Source, finding: Finding) -> list[Edit] | None:
    """E721: two types are compared by identity, where both are known to be types."""
    node = source.around(finding.span, ast.Compare)
    if node is None or len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
        return None
    sides = (node.left, node.comparators[0])
    if not any(_is_type_call(source, side) for side in sides):
        return None
    found = _EQUAL.match(source.text, source.end(node.left))
    if found is None:
        return None
    word = "is" if found[1] == "==" else "is not"
    return [Edit(found.start(1), found.end(1), word)]


def _is_type_call(source: Source, node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="type"), args=[_], keywords=[]):
            return True
        case ast.Attribute(attr="__class__"):
            return True
        case ast.Name(id=name):
            function = source.function(node)
            made = [
                n.value
                for n in (walked(function) if function else ())
                if isinstance(n, ast.Assign)
                and any(isinstance(t, ast.Name) and t.id == name for t in n.targets)
            ]
            return (
                len(made) == 1
                and not isinstance(made[0], ast.Name)
                and _is_type_call(source, made[0])
            )
        case _:
            return False


def escaped(source: Source, finding: Finding) -> list[Edit] | None:
    """reportInvalidStringEscapeSequence: a raw string, or a backslash for each backslash."""
    at, _ = source.span(finding.span)
    if source.text[at : at + 1] != "\\":
        return None
    for token in tokens(source.text):
        if token.type != tokenize.STRING:
            continue
        start = source.line_start(token.start[0]) + token.start[1]
        if start <= at < start + len(token.string):
            return _string(token.string, start)
    return [Edit(at, at, "\\")]  # a piece of an f-string


def _string(text: str, start: int) -> list[Edit] | None:
    found = _PREFIX.match(text)
    prefix = found[0] if found else ""
    known = _ESCAPES if "b" in prefix.lower() else _ESCAPES + "NuU"
    places: list[int] = []
    valid = False
    at = len(prefix)
    while (at := text.find("\\", at)) >= 0:
        wrong = text[at + 1] not in known
        valid |= not wrong
        places += [at] if wrong else []
        at += 2
    if not valid and "u" not in prefix.lower():
        return [Edit(start, start, "r")]
    return [Edit(start + place, start + place, "\\") for place in places]


def needless_global(source: Source, finding: Finding) -> list[Edit] | None:
    """PLW0602: `global` is for names that are assigned."""
    node = source.around(finding.span, ast.Global)
    block = source.block(node) if node else None
    found = re.search(r"`(\w+)`", finding.message)
    if node is None or block is None or found is None or found[1] not in node.names:
        return None
    if _is_needed(source, node, found[1]):
        return None
    if len(node.names) > 1:
        rest = ", ".join(name for name in node.names if name != found[1])
        return [Edit(source.start(node), source.end(node), f"global {rest}")]
    if len(block) == 1 or source.indent(node) is None:
        return None
    end = source.line_start((node.end_lineno or node.lineno) + 1)
    behind = source.text[source.end(node) : end].strip()
    if behind.startswith("#"):  # what it says stays
        return [Edit(source.start(node), source.text.index("#", source.end(node)), "")]
    return None if behind else [Edit(source.line_start(node.lineno), end, "")]


def _is_needed(source: Source, node: ast.Global, name: str) -> bool:
    """Whether the name would mean another thing without `global`: a function here binds it."""
    functions = [n for n in source.above(node) if isinstance(n, FUNCTIONS)]
    if any(binds(outer, name) for outer in functions[1:]):
        return True
    return any(
        (isinstance(n, ast.Name) and n.id == name and not isinstance(n.ctx, ast.Load))
        or (not isinstance(n, ast.Global) and name in declared(n))
        for n in (walked(functions[0]) if functions else ())
    )


def self_assigned(source: Source, finding: Finding) -> list[Edit] | None:
    """PLW0127: a module's copy of a builtin says where it comes from."""
    node = source.around(finding.span, ast.Assign)
    if node is None or source.parent(node) is not source.tree or len(node.targets) != 1:
        return None
    match node.targets[0], node.value:
        case ast.Name(id=name), ast.Name(id=other) as value if name == other:
            pass
        case _:
            return None
    bound = [n for n in walked(source.tree) if isinstance(n, ast.Name) and n.id == name]
    stores = [n for n in bound if not isinstance(n.ctx, ast.Load)]
    if not hasattr(builtins, name) or len(stores) != 1:
        return None
    added = imported(source, "builtins")
    at = source.start(value)
    return None if added is None else [*added, Edit(at, at, "builtins.")]


def commented_code(source: Source, finding: Finding) -> list[Edit] | None:
    """ERA001: code in a comment is no code."""
    start, _ = source.span(finding.span)
    if not source.text.startswith("#", start):
        return None
    begin = source.line_start(finding.span.start_line)
    line_end = source.text.find("\n", start)
    line_end = len(source.text) if line_end < 0 else line_end
    if source.text[begin:start].strip():
        return [Edit(begin + len(source.text[begin:start].rstrip()), line_end, "")]
    return [Edit(begin, min(line_end + 1, len(source.text)), "")]


def stars_first(source: Source, finding: Finding) -> list[Edit] | None:
    """B026: what is unpacked stands before the keywords, as it is evaluated."""
    call = source.around(finding.span, ast.Call)
    if call is None or not any(isinstance(a, ast.Starred) for a in call.args):
        return None
    if not all(isinstance(k.value, ast.Name | ast.Constant | ast.Attribute) for k in call.keywords):
        return None
    parts: Sequence[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    start = min(source.start(p) for p in parts)
    starred = [source.start(k.value) - 2 for k in call.keywords if k.arg is None]
    start = min([start, *starred])
    end = max(source.end(p) for p in parts)
    if source.comments(start, end=end) or "\n" in source.text[start:end]:
        return None
    keywords = [
        f"{k.arg}={source.code(k.value)}" if k.arg else f"**{source.code(k.value)}"
        for k in call.keywords
    ]
    return [Edit(start, end, ", ".join([*(source.code(a) for a in call.args), *keywords]))]


def repeated_key(source: Source, finding: Finding) -> list[Edit] | None:
    """F601: of a key that a dictionary literal repeats only the last value is kept, as it is."""
    key = source.exactly(finding.span, ast.Constant)
    literal = source.parent(key) if key is not None else None
    if key is None or not isinstance(literal, ast.Dict):
        return None
    same = [
        (k, v)
        for k, v in zip(literal.keys, literal.values, strict=True)
        if isinstance(k, ast.Constant) and (type(k.value), k.value) == (type(key.value), key.value)
    ]
    if len(same) != 2 or not all(isinstance(v, ast.Constant | ast.Name) for _, v in same):
        return None
    (_, old), (last_key, last) = same
    pairs = list(zip(literal.keys, literal.values, strict=True))
    place = next(n for n, (k, _) in enumerate(pairs) if k is last_key)
    end = source.end(pairs[place][1])
    start = source.end(pairs[place - 1][1])
    if any(k is None for k in literal.keys) or source.comments(start, end=end):
        return None
    return [Edit(source.start(old), source.end(old), source.code(last)), Edit(start, end, "")]


def weak_hash(source: Source, finding: Finding) -> list[Edit] | None:
    """S324: a checksum says that it protects nothing, where nothing near it is a secret."""
    call = source.around(finding.span, ast.Call)
    if call is None or _SECRET.search(source.code(call)):
        return None
    match call.func:
        case ast.Attribute(value=ast.Name(id="hashlib"), attr="md5" | "sha1"):
            pass
        case _:
            return None
    around = source.function(call)
    statement = source.statement(call)
    words = f"{around.name if around else ''} {source.code(statement) if statement else ''}"
    if any(k.arg in {None, "usedforsecurity"} for k in call.keywords) or _SECRET.search(words):
        return None
    if any(isinstance(a, ast.Starred) for a in call.args):
        return None
    at = source.end(call) - 1
    inside = source.text[source.end(call.func) : at].strip("( \n\t")
    lead = "" if not inside else " " if inside.endswith(",") else ", "
    return [Edit(at, at, f"{lead}usedforsecurity=False")]


def prescribed_type(source: Source, finding: Finding) -> list[Edit] | None:
    """reportInvalidTypeVarUse: a type variable that ties nothing together is what it stands for."""
    said = _SAID.search(finding.message)
    name = source.exactly(finding.span, ast.Name)
    if said is None or name is None:
        return None
    known = hasattr(builtins, said[1]) or any(
        isinstance(n, ast.alias) and (n.asname or n.name) == said[1]
        for node in source.tree.body
        for n in walked(node)
    )
    if known:
        return [Edit(source.start(name), source.end(name), said[1])]
    told = named(source, module="collections.abc", name=said[1]) if hasattr(abc, said[1]) else None
    return told and [*told[0], Edit(source.start(name), source.end(name), told[1])]


def also_none(source: Source, finding: Finding) -> list[Edit] | None:
    """reportReturnType: a function that may give None says so."""
    function = source.around(finding.span, FUNCTIONS)
    returns = function.returns if function else None
    ends = "must return value on all code paths" in finding.message
    if returns is None or not (ends or _GIVES_NONE.match(finding.message)):
        return None
    if not ends and (source.exactly(finding.span, ast.expr) is None or _yields(function)):
        return None
    if isinstance(returns, ast.Constant) or not any(
        isinstance(n, ast.ImportFrom) and n.module == "__future__" for n in source.tree.body
    ):
        return None
    end = source.end(returns)
    return [Edit(end, end, " | None")]


def _yields(function: ast.AST | None) -> bool:
    return function is None or any(
        isinstance(n, ast.Yield | ast.YieldFrom) for n in walked(function)
    )
