"""What recipes know of a file: nodes and their parents, and comments that edits leave alone."""

from __future__ import annotations

import ast
import io
import random
import tokenize
from itertools import accumulate

from repair_cases import cases

from playground.domain.findings import Span
from playground.domain.repairs.source import (
    Edit,
    Source,
    children,
    edited,
    leaves_comments,
    walked,
)

TEXTS = sorted({case.before for case in cases()})
SHARED = (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)
PIECES = (
    "x = 1",
    "# note",
    "'#'",
    "y",
    "",
    "\n",
    '"""',
    "f'{x",
    "}'",
    "r",
    "(x)",
    "\\\n",
    ":",
    "f",
)


def own_nodes(text: str) -> list[ast.AST]:
    return [node for node in ast.walk(ast.parse(text)) if not isinstance(node, SHARED)]


def test_nodes_come_in_the_order_of_the_library() -> None:
    for text in TEXTS[::20]:
        found = [ast.dump(node) for node in walked(ast.parse(text))]
        assert found == [ast.dump(node) for node in own_nodes(text)]


def test_every_node_knows_what_it_stands_in_whatever_was_asked_before() -> None:
    for text in TEXTS[::25]:
        for line in range(1, text.count("\n") + 2):
            source = Source(text, ast.parse(text))
            source.exactly(Span(line, 1, line, 1), ast.Name)
            pairs = [(one, node) for node in walked(source.tree) for one in children(node)]
            assert all(source.parent(one) is node for one, node in reversed(pairs))
            assert source.parent(source.tree) is None


def test_of_a_line_all_that_covers_it_is_found() -> None:
    for text in TEXTS[::20]:
        source = Source(text, ast.parse(text))
        for node in walked(source.tree):
            if isinstance(node, ast.expr | ast.stmt | ast.arg):
                start, end = source.start(node), source.end(node)
                starts = list(accumulate(map(len, text.splitlines(keepends=True)), initial=0))
                span = Span(
                    *(node.lineno, start - starts[node.lineno - 1] + 1),
                    *(node.end_lineno or 0, end - starts[(node.end_lineno or 0) - 1] + 1),
                )
                found = source.exactly(span, type(node))
                assert found is not None
                assert (source.start(found), source.end(found)) == (start, end)


def comments(text: str) -> list[str] | None:
    """Returns the comments in order, None where the text is no code."""
    try:
        ast.parse(text)
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (SyntaxError, ValueError, tokenize.TokenError):
        return None
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def test_where_comments_are_said_to_stay_they_do() -> None:
    rng, tried = random.Random(7), 0
    for text in TEXTS[::20]:
        before = comments(text)
        for _ in range(20):
            start = rng.randint(0, len(text))
            edit = Edit(start, rng.randint(start, min(start + 3, len(text))), rng.choice(PIECES))
            after = edited(text, [edit])
            if after is not None and leaves_comments(text, [edit]):
                tried += 1
                assert comments(after) in (None, before)
    assert tried > 20


def test_usual_edits_are_seen_to_leave_comments_at_once() -> None:
    text = "for item in items:  # all of them\n    use(item, 'a # b')\n"
    at = text.index("item")
    assert leaves_comments(text, [Edit(at, at + 4, "each")])
    assert not leaves_comments(text, [Edit(text.index("all"), text.index("all") + 3, "some")])
    assert not leaves_comments(text, [Edit(text.index("'a"), text.index("'a"), "r")])
    assert not leaves_comments(text, [Edit(0, 0, "# new\n")])
