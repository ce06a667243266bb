"""Blocks that an answer leaves empty but for a comment.

Small models take a statement out and leave a comment in its place. Python wants a statement there,
and what is meant is plain: nothing is done.
"""

from __future__ import annotations

import re
import textwrap

from playground.domain.changes import split_lines
from playground.domain.syntax import PARSE_ERRORS, parsed

_EMPTY = re.compile(r"expected an indented block after .* on line (\d+)")
_BLOCKS_MAX = 8
STEP = 4
"""Blanks by which a block is indented."""


def filled(code: str) -> str:
    """Returns the code with `pass` in blocks that hold nothing but comments.

    Code that is wrong in any other way is returned as it is.
    """
    result = code
    for _ in range(_BLOCKS_MAX):
        head = empty_block(result)
        if head is None:
            return result
        lines = split_lines(result)
        body = head
        while body < len(lines) and _is_idle(lines[body]):
            body += 1
        if not "".join(lines[head:body]).strip():
            return code  # what is missing here was not left out on purpose
        while not lines[body - 1].strip():
            body -= 1
        indent = len(lines[head - 1]) - len(lines[head - 1].lstrip()) + STEP
        before = "".join(lines[:body])
        ended = before if before.endswith("\n") else f"{before}\n"
        result = f"{ended}{' ' * indent}pass\n{''.join(lines[body:])}"
    return code


def empty_block(code: str) -> int | None:
    """Returns the number of the line that opens a block which is missing, None when none does.

    Only what makes the code unreadable counts, which is the first thing that does.
    """
    try:
        parsed(textwrap.dedent(code))
    except SyntaxError as error:
        found = _EMPTY.match(error.msg)
        return int(found[1]) if found else None
    except PARSE_ERRORS:
        return None
    return None


def _is_idle(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")
