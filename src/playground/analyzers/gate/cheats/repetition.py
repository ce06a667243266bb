"""Code that is written a second time beside the first: a model's slip, never a repair."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from playground.analyzers.gate.view import ChangeView, FunctionNode
from playground.domain.verdicts import Objection

_COMPOUND = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.With, ast.AsyncWith, ast.Match)


def copies(view: ChangeView) -> Iterator[Objection]:
    """Yields an objection when a function gains a block that it holds already."""
    for before, after in view.function_pairs.values():
        known = _blocks(before)
        if any(known[block] and count > known[block] for block, count in _blocks(after).items()):
            yield Objection(
                "dodge:repeated", f"A block of {after.name} was written twice; repair it in place."
            )
            return


def _blocks(function: FunctionNode) -> Counter[str]:
    return Counter(ast.dump(node) for node in ast.walk(function) if isinstance(node, _COMPOUND))
