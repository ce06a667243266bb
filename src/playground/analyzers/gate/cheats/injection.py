"""Dodges that hide how a dangerous text or program is put together: SQL, shells, odd constants."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from playground.analyzers.gate.cheats.folding import folded, is_fixed_text
from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import code_of, dotted, last_name, loaded_names
from playground.analyzers.gate.view import ChangeView, FunctionNode, Part, Side
from playground.domain.verdicts import Objection

_SQL = re.compile(
    r"\b(?:select\b[\s\S]*\bfrom|insert\s+into|update\b[\s\S]*\bset|delete\s+from|replace\s+into)\b"
    r"|^\s*(?:select|insert|update|delete|with|where|from)\b",
    re.IGNORECASE,
)
_EXECUTING = frozenset(
    {"execute", "executemany", "executescript", "raw", "text", "read_sql", "read_sql_query",
     "fetch", "fetchrow", "fetchval", "fetch_all", "fetch_one", "mogrify", "extra"}
)  # fmt: skip
_BUILDING = frozenset({"format", "format_map", "join", "replace", "substitute", "safe_substitute"})
_DECODING = frozenset({"decode", "b64decode", "fromhex", "unhexlify", "translate", "decompress"})
_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "cmd", "cmd.exe", "powershell", "pwsh"})
_SHELL_FLAGS = frozenset({"-c", "/c", "/C", "-Command", "-command", "-lc", "-ec"})
_SHELL_CALLS = frozenset(
    {"system", "popen", "getoutput", "getstatusoutput", "create_subprocess_shell", "spawnlp"}
)
_NUMBER_MIN = 10
_SHELL_RULES = ("S602", "S604", "S605", "S607", "S609")


def texts(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """SQL that still takes values into its text, shells by another name, constants in disguise."""
    if rule.one_of("S608"):
        yield from _sql(view)
    if rule.one_of(*_SHELL_RULES) and _shells(view.new_part) - _shells(view.old_part):
        message = "A shell is still started, only by another way; give a list of arguments."
        yield Objection("dodge:weakened", message)
    if rule.one_of("S", "B005", "PLW15", "PLE", "F50", "F52"):
        yield from _named(view)
    constant = _disguised(view)
    if constant is not None:
        message = f"The constant {constant!r:.40} stays, only in other words; repair what it does."
        yield Objection("dodge:dynamic", message)


def _sql(view: ChangeView) -> Iterator[Objection]:
    part = view.new_part
    known = _texts(part.side)
    queries = {
        name
        for name, values in _given(part.side).items()
        if any(_has_sql(value, frozenset()) for value in values)
    }
    for node in part.nodes:
        if isinstance(node, ast.AugAssign) and dotted(node.target) not in queries:
            continue
        if _takes_values(node, known, queries) or _runs_built_text(node, known):
            message = "Values still enter the SQL text; pass them to execute() as parameters."
            yield Objection("dodge:weakened", message)
            break
    lost = _values_of_sql(view.old_part) - loaded_names(part.nodes)
    if lost:
        message = f"{min(lost)} no longer reaches the query; pass it as a parameter."
        yield Objection("dodge:deleted", message)


def _texts(side: Side) -> dict[str, ast.expr]:
    """Returns what names stand for that only ever get fixed texts, `+=` included."""
    given = _given(side)
    other = {node.arg for node in side.of(ast.arg)}
    for node in (*side.of(ast.For), *side.of(ast.comprehension)):
        other |= {n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)}
    simple = {name: values[-1] for name, values in given.items() if name not in other}
    return {
        name: value
        for name, value in simple.items()
        if all(is_fixed_text(each, simple) for each in given[name])
    }


def _given(side: Side) -> dict[str, list[ast.expr]]:
    """Returns all values that plain assignments and `+=` give to each name."""
    given: dict[str, list[ast.expr]] = {}
    for node in side.nodes:
        value = getattr(node, "value", None)
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            given.setdefault(dotted(node.targets[0]), []).append(node.value)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and isinstance(value, ast.expr):
            given.setdefault(dotted(node.target), []).append(value)
    return given


def _takes_values(node: ast.AST, known: Mapping[str, ast.expr], queries: Collection[str]) -> bool:
    """Whether a text that reads like SQL is put together with something that is not fixed."""
    if isinstance(node, ast.AugAssign):
        return dotted(node.target) not in known and not is_fixed_text(node.value, known)
    if isinstance(node, ast.JoinedStr | ast.BinOp):
        return _has_sql(node, queries) and not is_fixed_text(node, known)
    if not isinstance(node, ast.Call):
        return False
    name = last_name(node.func)
    if name in _BUILDING and isinstance(node.func, ast.Attribute):
        return _has_sql(node, queries) and not is_fixed_text(node, known)
    return name == "Template" and _has_sql(node, queries)


def _has_sql(node: ast.AST, queries: Collection[str]) -> bool:
    """Whether a text like SQL, or a name that holds one, is part of an expression."""
    return any(
        (isinstance(part, ast.Name) and part.id in queries)
        or (
            isinstance(part, ast.Constant)
            and isinstance(part.value, str)
            and _SQL.search(part.value)
        )
        for part in ast.walk(node)
    )


def _runs_built_text(node: ast.AST, known: Mapping[str, ast.expr]) -> bool:
    """Whether a query is given to the database that is neither fixed nor a plain parameter."""
    if not (isinstance(node, ast.Call) and last_name(node.func) in _EXECUTING and node.args):
        return False
    query = node.args[0]
    if isinstance(query, ast.Name | ast.Attribute | ast.Await):
        return False
    if isinstance(query, ast.Call) and last_name(query.func) not in _BUILDING | _DECODING:
        return False
    return not is_fixed_text(query, known)


def _values_of_sql(part: Part) -> set[str]:
    """Returns the parameters that entered an SQL text."""
    found: set[str] = set()
    for function in (node for node in part.nodes if isinstance(node, FunctionNode)):
        parameters = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
        for node in ast.walk(function):
            if _takes_values(node, {}, ()):
                found |= loaded_names(ast.walk(node)) & parameters
    return found


def _shells(part: Part) -> Counter[str]:
    found: Counter[str] = Counter()
    for node in part.nodes:
        if isinstance(node, ast.List | ast.Tuple):
            words = [folded(element, part.side.constants) for element in node.elts]
            said = [word for word in words if isinstance(word, str)]
            shell = any(word.rsplit("/", 1)[-1] in _SHELLS for word in said)
            found["-c"] += bool(shell and _SHELL_FLAGS & {*said})
        elif isinstance(node, ast.Call):
            found[last_name(node.func)] += last_name(node.func) in _SHELL_CALLS
            found["input"] += _feeds_shell(node, part)
    return +found


def _feeds_shell(node: ast.Call, part: Part) -> bool:
    """Whether a shell is started that reads its commands from what it is given."""
    if not any(keyword.arg in {"input", "stdin"} for keyword in node.keywords) or not node.args:
        return False
    program = node.args[0]
    first = program.elts[0] if isinstance(program, ast.List | ast.Tuple) and program.elts else None
    name = folded(first if first is not None else program, part.side.constants)
    return isinstance(name, str) and name.rsplit("/", 1)[-1] in _SHELLS


def _named(view: ChangeView) -> Iterator[Objection]:
    """An argument that was only given a name."""
    before, after = _arguments(view.old_part), _arguments(view.new_part)
    names = view.new.constants
    bound = {node.id for node in view.new_part.nodes
             if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}  # fmt: skip
    for place, was in before.items():
        now = after.get(place)
        if isinstance(was, ast.Constant) and isinstance(now, ast.Name) and now.id in bound:
            value = names.get(now.id)
            if isinstance(value, ast.Constant) and value.value == was.value:
                message = f"{was.value!r:.40} was only given a name; repair what it does."
                yield Objection("dodge:dynamic", message)
                return


def _arguments(part: Part) -> dict[tuple[str, int], ast.expr]:
    """Returns the first arguments of calls by their function and place."""
    return {
        (code_of(node.func), place): argument
        for node in part.nodes
        if isinstance(node, ast.Call)
        for place, argument in enumerate(node.args[:3])
    }


def _disguised(view: ChangeView) -> object:
    """Returns a constant that is gone from the text but still computed, None when there is none.

    Numbers below ten and empty texts mean nothing by themselves.
    """
    lost = _plain(view.old_part) - _plain(view.new_part)
    if not lost:
        return None
    names = view.new.constants
    for node in view.new_part.nodes:
        if isinstance(node, ast.BinOp | ast.Call | ast.JoinedStr):
            value = folded(node, names)
            if value in lost and not _is_split_on_purpose(node):
                return value
    return None


def _plain(part: Part) -> set[object]:
    return {
        node.value
        for node in part.nodes
        if isinstance(node, ast.Constant)
        and (
            (isinstance(node.value, str) and len(node.value) > 1)
            or (isinstance(node.value, int | float) and abs(node.value) >= _NUMBER_MIN)
        )
    }


def _is_split_on_purpose(node: ast.AST) -> bool:
    """Whether a long text was only broken into lines."""
    return isinstance(node, ast.BinOp) and isinstance(folded(node, {}), str) and _lines(node) > 1


def _lines(node: ast.expr) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
