"""When an answer that is still being written is over: it is complete, or of no use any more.

Every token costs a tenth of a second on two cores. A small model that has written what was asked
for may go on with remarks or with the rest of the file, and one that has lost its way repeats
itself until its bound.
"""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize
from dataclasses import dataclass
from itertools import pairwise

from playground.domain.changes import split_lines
from playground.domain.javascript import is_script
from playground.domain.regions import first_line
from playground.domain.syntax import PARSE_ERRORS, parse, parsed
from playground.domain.tasks import Region
from playground.orchestrator.empty_blocks import filled

_LINES_MORE = 24
_GROWTH = 2
OPENING = re.compile(r"^(?P<fence>`{3,})[^\n`]*\n", re.MULTILINE)
"""The line that opens an answer's code block."""

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Ending:
    """Why nothing more is needed.

    Attributes:
        text: the answer as it is to be read.
        defect: what is wrong with it, "" when it is complete.
    """

    text: str
    defect: str = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks at an answer about one region while it is being written.

    Attributes:
        region: the code that the answer rewrites.
        original: that code.
    """

    region: Region
    original: str

    def ending(self, text: str) -> Ending | None:
        """Returns how the answer ends here; None while it may go on."""
        opened = OPENING.search(text)
        if opened is None:
            return None
        fence, code = opened["fence"], text[opened.end() :]
        closed = re.search(rf"^{fence}[ \t]*$", code, re.MULTILINE)
        if closed is not None:
            return Ending(text[: opened.end() + closed.end()] + "\n")
        code = code[: code.rfind("\n") + 1]
        if code.count("\n") > _GROWTH * self.original.count("\n") + _LINES_MORE:
            defect = "The answer ran on far past the code that was asked for."
            return Ending(text, defect)
        if is_script(self.region.path) or not code:
            return None
        if hopeless(code) and parse(textwrap.dedent(self.original)) is not None:
            return Ending(text, "The answer's code is not valid Python.")
        more = self._after_definition(code)
        if more is None:
            return None
        return Ending(f"{text[: opened.end()]}{more}{fence}\n")

    def _after_definition(self, code: str) -> str | None:
        """Returns the code without what follows the definition that was asked for."""
        if self.region.kind not in {"function", "class"}:
            return None
        tree = parse(textwrap.dedent(code))
        name = self.region.name.rsplit(".", 1)[-1]
        body = tree.body if tree else []
        for node, following in pairwise(body):
            if isinstance(node, _Definition) and node.name == name:
                # The lines of `code` and of its dedented text are the same in number.
                return "".join(split_lines(code)[: first_line(following) - 1])
        return None


def hopeless(code: str) -> bool:
    """Whether no continuation of these lines can be valid Python.

    Judged at the last place where a statement is over, so that an open bracket, string or block
    is never taken for an error.
    """
    lines = _whole_statements(filled(textwrap.dedent(code)))
    try:
        parsed("".join(lines))
    except SyntaxError as error:
        # A block or a clause that is still missing is reported at the end.
        return error.lineno is not None and error.lineno < len(lines)
    except PARSE_ERRORS:
        return False
    return False


def _whole_statements(code: str) -> list[str]:
    """Returns the lines up to the last end of a statement."""
    last = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.NEWLINE:
                last = token.end[0]
    except (tokenize.TokenError, SyntaxError):
        pass  # what is open there may still be closed
    return split_lines(code)[:last]
