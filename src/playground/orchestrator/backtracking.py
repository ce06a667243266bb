"""Taking back what cannot be read of an answer, so that it is drawn again from what can.

A small model loses its way in a copy: a clause whose block it left out, a line in a wrong column, a
definition of which it writes the body alone. What stands before is mostly good and is still in the
engine's cache, so going on from there costs little, and the answer that comes of it has the form
that was asked for.
"""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize

from playground.domain.changes import split_lines
from playground.domain.javascript import is_script
from playground.domain.syntax import PARSE_ERRORS, parse, parsed
from playground.orchestrator.empty_blocks import STEP, empty_block, filled
from playground.orchestrator.ending import OPENING, Watch

_DEEPER = 2
"""Statements that are taken back beside the one at fault when the first new try failed too."""
_TRY = "try:\n    pass\n"
_QUIET = frozenset({tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT})
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def begun_again(answer: str, *, watch: Watch, times: int) -> str:
    """Returns the beginning of an answer that may be kept, "" when nothing is known to be wrong.

    Args:
        answer: what was said, with its code block open or closed.
        watch: what was asked for.
        times: how often something of this answer was taken back before. The first time it is the
            statement at fault, then two more, then all code; after a line whose block is missing,
            always what follows it.
    """
    opened = OPENING.search(answer)
    if opened is None or is_script(watch.region.path):
        return ""
    fence, head = opened["fence"], answer[: opened.end()]
    said = re.split(rf"^{fence}[ \t]*$", answer[opened.end() :], maxsplit=1, flags=re.MULTILINE)[0]
    code = filled(said)
    if not code.strip():
        return f"{head}{_head_of(watch)}"
    fault = fault_of(code, is_clause=watch.region.kind == "clause")
    if fault is None:
        return "" if _defines(code, watch) else f"{head}{_imports(code)}{_head_of(watch)}"
    if parse(textwrap.dedent(watch.original)) is None and watch.region.kind != "clause":
        return ""
    opening = empty_block(code)
    if opening is not None:
        return f"{head}{_with_block_begun(code, opening)}"
    starts = [start for start in _statements(code)[0] if start < fault]
    place = len(starts) - 1 - times * _DEEPER
    kept = split_lines(code)[: starts[place] if place > 0 else 0]
    while kept and (not kept[-1].strip() or kept[-1].lstrip().startswith("#")):
        kept.pop()
    return f"{head}{''.join(kept)}" if kept else f"{head}{_head_of(watch)}"


def fault_of(code: str, *, is_clause: bool = False) -> int | None:
    """Returns the number, from 1, of the line that makes code unreadable, None when it is not.

    Args:
        code: whole lines.
        is_clause: whether an `except` clause alone is right as well.
    """
    text = textwrap.dedent(code)
    fault = _error_line(text)
    if fault is None or not is_clause:
        return fault
    fault = _error_line(_TRY + text)
    return None if fault is None else max(1, fault - _TRY.count("\n"))


def _error_line(text: str) -> int | None:
    try:
        parsed(text)
    except SyntaxError as error:
        return error.lineno or 1
    except PARSE_ERRORS:
        return 1
    return None


def _with_block_begun(code: str, opening: int) -> str:
    """Returns the code up to the statement that opens a block on this line, and its indentation.

    The last blank is left to the model, whose tokens have one before a word.
    """
    lines = split_lines(code)
    end = next((end for end in _statements(code)[1] if end >= opening), opening)
    indent = len(lines[opening - 1]) - len(lines[opening - 1].lstrip()) + STEP - 1
    text = "".join(lines[:end]).removesuffix("\n")
    return f"{text}\n{' ' * indent}"


def _statements(code: str) -> tuple[list[int], list[int]]:
    """Returns after how many lines each statement begins and ends, as far as one can read."""
    starts: list[int] = []
    ends: list[int] = []
    is_new = True
    try:
        for token in tokenize.generate_tokens(io.StringIO(textwrap.dedent(code)).readline):
            if is_new and token.type not in _QUIET:
                starts.append(token.start[0] - 1)
                is_new = False
            if token.type == tokenize.NEWLINE:
                ends.append(token.end[0])
                is_new = True
    except SyntaxError as error:
        if is_new and error.lineno:  # a line in a column that no block has
            starts.append(error.lineno - 1)
    except tokenize.TokenError:
        pass  # the last one goes on to the end
    return starts, ends


def _name_of(watch: Watch) -> str:
    return watch.region.name.rsplit(".", 1)[-1]


def _defines(code: str, watch: Watch) -> bool:
    """Whether code holds the definition that was asked for, where one was."""
    if watch.region.kind not in {"function", "class"}:
        return True
    tree = parse(textwrap.dedent(code))
    return tree is not None and any(
        isinstance(node, _Definition) and node.name == _name_of(watch) for node in ast.walk(tree)
    )


def _imports(code: str) -> str:
    """Returns the import statements that the code begins with, as they stand there."""
    tree = parse(textwrap.dedent(code))
    end = 0
    for node in tree.body if tree else []:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            break
        end = node.end_lineno or node.lineno
    return "".join(split_lines(code)[:end])


def _head_of(watch: Watch) -> str:
    """Returns the original up to the name that it defines, "" where it defines none."""
    if watch.region.kind not in {"function", "class"}:
        return ""
    text = watch.original.replace("\r\n", "\n")
    head = rf"^[ \t]*(?:async\s+def|def|class)\s+{re.escape(_name_of(watch))}\b\(?"
    found = re.search(head, text, re.MULTILINE)
    return text[: found.end()] if found else ""
