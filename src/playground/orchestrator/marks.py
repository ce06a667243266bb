"""A mark on the line that has the problem: small models copy code that nothing points into."""

from __future__ import annotations

import ast
import re
import textwrap

from playground.domain.changes import split_lines
from playground.domain.javascript import code_form, is_script
from playground.domain.syntax import parse
from playground.prompts import render

_NOTE_CHARS_MAX = 80


def marked(code: str, *, line: int, note: str, path: str = "module.py") -> str:
    """Returns the code with a comment behind line `line` (from 0), where a comment can stand.

    Inside a string, after a backslash or in code that does not parse, nothing is added.

    Args:
        code: the lines that are shown.
        line: which of them.
        note: the analyzer's words.
        path: says by its ending how comments are written.
    """
    if is_script(path):
        return _marked_script(code, line, note)
    lines = split_lines(code)
    tree = parse(textwrap.dedent(code))
    if tree is None or not 0 <= line < len(lines):
        return code
    mark = _mark("#", note)
    lines[line] = f"{lines[line].rstrip()}  {mark}\n"
    result = "".join(lines)
    after = parse(textwrap.dedent(result))
    same = after is not None and ast.dump(after) == ast.dump(tree)
    return result if same else code


def _mark(sign: str, note: str) -> str:
    return render("mark", sign=sign, message=" ".join(note.split())[:_NOTE_CHARS_MAX]).text


def _marked_script(code: str, line: int, note: str) -> str:
    lines = split_lines(code)
    if not 0 <= line < len(lines):
        return code
    lines[line] = f"{lines[line].rstrip()}  {_mark('//', note)}\n"
    result = "".join(lines)
    return result if code_form(result) == code_form(code) else code


def unmarked(answer: str) -> str:
    """Returns an answer without marks that the model copied."""
    for sign in ("#", "//"):
        head = render("mark", sign=sign, message="").text.strip()
        answer = re.sub(rf"[ \t]*{re.escape(head)}.*", "", answer)
    return answer
