"""A mark on the line that has the problem: small models copy code that nothing points into."""

from __future__ import annotations

import ast
import re
import textwrap

from playground.domain.changes import split_lines
from playground.domain.regions import parse
from playground.prompts import render

_NOTE_CHARS_MAX = 80


def marked(code: str, *, line: int, note: str) -> str:
    """Returns the code with a comment behind line `line` (from 0), where a comment can stand.

    Inside a string, after a backslash or in code that does not parse, nothing is added.
    """
    lines = split_lines(code)
    tree = parse(textwrap.dedent(code))
    if tree is None or not 0 <= line < len(lines):
        return code
    mark = render("mark", message=" ".join(note.split())[:_NOTE_CHARS_MAX]).text
    lines[line] = f"{lines[line].rstrip()}  {mark}\n"
    result = "".join(lines)
    after = parse(textwrap.dedent(result))
    same = after is not None and ast.dump(after) == ast.dump(tree)
    return result if same else code


def unmarked(answer: str) -> str:
    """Returns an answer without marks that the model copied."""
    head = render("mark", message="").text.strip()
    return re.sub(rf"[ \t]*{re.escape(head)}.*", "", answer)
