"""Code that is written a second time beside the first: a model's slip, never a repair."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from playground.analyzers.gate.view import ChangeView, FunctionNode
from playground.domain.verdicts import Objection

_COMPOUND = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.With, ast.AsyncWith, ast.Match)


def copies(view: ChangeView) -> Iterator[Objection]:
    """Yields an objection when a function gains a block that it holds already.

    Functions that are nested too deeply to be compared are left to others.
    """
    for before, after in view.function_pairs.values():
        try:
            known, blocks = _blocks(before), _blocks(after)
        except RecursionError:
            continue
        if any(known[block] and count > known[block] for block, count in blocks.items()):
            yield Objection(
                "dodge:repeated", f"A block of {after.name} was written twice; repair it in place."
            )
            return


def _blocks(function: FunctionNode) -> Counter[str]:
    return Counter(ast.dump(node) for node in ast.walk(function) if isinstance(node, _COMPOUND))
