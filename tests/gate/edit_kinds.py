"""Edits of real files, by kind: most keep what the code means, some plant or mend a finding."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Callable, Iterator

from edited_texts import Edit, EditedText, shape_of

_PLANTS = (
    "undefined_{n}",
    "planted_{n} = 1 if undefined_{n} == None else 2",
    "import planted_{n}",
    "assert (planted_{n} := [1])",
    "try:\n    planted_{n}()\nexcept:\n    pass",
    "eval('planted_{n}')",
    "lambda planted_{n}: planted_{n} == True",
)


def lines_on_top(edited: EditedText, rng: random.Random) -> bool:
    """Comments and blank lines above everything."""
    edited.put(0, "".join(rng.choice(["# on top\n", "\n"]) for _ in range(rng.randint(1, 9))))
    return True


def blank_lines(edited: EditedText, rng: random.Random) -> bool:
    """Blank lines before statements."""
    return _between(edited, rng, lambda _indent: "\n" * rng.randint(1, 3))


def comments(edited: EditedText, rng: random.Random) -> bool:
    """Comment lines before statements."""
    return _between(edited, rng, lambda indent: f"{indent}# a remark on what follows\n")


def _between(edited: EditedText, rng: random.Random, text: Callable[[str], str]) -> bool:
    places = [*_statement_starts(edited.text)]
    chosen = sorted(rng.sample(places, min(len(places), rng.randint(1, 12))), reverse=True)
    for at, indent in chosen:
        edited.put(at, text(indent))
    return bool(chosen)


def reorder(edited: EditedText, rng: random.Random) -> bool:
    """Two functions or classes, or two methods of a class, change places."""
    groups = [g for g in _siblings(ast.parse(edited.text)) if len(g) > 1]
    if not groups:
        return False
    first, second = sorted(rng.sample(rng.choice(groups), 2), key=lambda node: node.lineno)
    spans = _whole_lines(edited, first), _whole_lines(edited, second)
    if spans[0][1] > spans[1][0]:
        return False
    later = edited.cut(*spans[1])
    earlier = edited.cut(*spans[0])
    shift = len(earlier[0])
    edited.paste(spans[0][0], later)
    edited.paste(spans[1][0] - shift + len(later[0]), earlier)
    return True


def rename(edited: EditedText, rng: random.Random) -> bool:
    """A function or a variable gets another name everywhere."""
    tree = ast.parse(edited.text)
    names = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    names |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and _stored(n)}
    names = {n for n in names if not n.startswith("__") and len(n) > 2}
    if not names:
        return False
    old = rng.choice(sorted(names))
    new = rng.choice([f"{old}_now", f"other_{old}", "q_" + old[::-1]])
    if re.search(rf"\b{new}\b", edited.text):
        return False
    for found in reversed([*re.finditer(rf"\b{old}\b", edited.text)]):
        edited.substitute(found.start(), found.end(), new)
    edited.renamed[old] = new
    return True


def _stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def under_if(edited: EditedText, rng: random.Random) -> bool:
    """A statement moves under a condition, one level deeper."""
    return _wrap(edited, rng, before="{i}if planted_condition:\n", after="")


def in_try(edited: EditedText, rng: random.Random) -> bool:
    """A statement is protected by a clean-up."""
    return _wrap(edited, rng, before="{i}try:\n", after="{i}finally:\n{i}    planted_clean_up()\n")


def _wrap(edited: EditedText, rng: random.Random, *, before: str, after: str) -> bool:
    tree = ast.parse(edited.text)
    inner = [
        s
        for f in ast.walk(tree)
        if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef)
        for s in f.body[1:]
        if not isinstance(s, ast.Global | ast.Nonlocal) and _stands_alone(edited.text, s)
    ]
    if not inner:
        return False
    node = rng.choice(inner)
    start, end = _whole_lines(edited, node)
    indent = " " * node.col_offset
    if not edited.text[:end].endswith("\n"):
        return False
    strings = shape_of(edited.text).strings
    first = edited.text.count("\n", 0, start)
    starts = edited.starts
    edited.put(end, after.format(i=indent))
    for line in reversed(range(first, first + edited.text.count("\n", start, end))):
        if line not in strings and edited.text[starts[line]] != "\n":
            edited.put(starts[line], "    ")
    edited.put(start, before.format(i=indent))
    return True


def split_lines(edited: EditedText, rng: random.Random) -> bool:
    """Lines are broken inside brackets."""
    breaks = shape_of(edited.text).breaks
    chosen = sorted(rng.sample(breaks, min(len(breaks), rng.randint(1, 20))), reverse=True)
    for at in chosen:
        edited.put(at, "\n" + " " * rng.choice([4, 8, 12]))
    return bool(chosen)


def join_lines(edited: EditedText, rng: random.Random) -> bool:
    """Lines are joined inside brackets."""
    folds = shape_of(edited.text).folds
    chosen = sorted(rng.sample(folds, min(len(folds), rng.randint(1, 20))), reverse=True)
    for start, end in chosen:
        edited.cut(start, end)
        edited.put(start, " ")
    return bool(chosen)


def delete_function(edited: EditedText, rng: random.Random) -> bool:
    """A function goes away with everything that is wrong in it."""
    groups = [g for g in _siblings(ast.parse(edited.text)) if len(g) > 1]
    if not groups:
        return False
    edited.cut(*_whole_lines(edited, rng.choice(rng.choice(groups))))
    return True


def plant(edited: EditedText, rng: random.Random) -> bool:
    """Bad code appears between statements."""
    places = [*_statement_starts(edited.text)]
    if not places:
        return False
    at, indent = rng.choice(places)
    lines = rng.choice(_PLANTS).format(n=rng.randint(100, 999)).split("\n")
    edited.put(at, "".join(f"{indent}{line}\n" for line in lines))
    return True


def plant_a_copy(edited: EditedText, rng: random.Random) -> bool:
    """A statement that stands in one function appears in another one too."""
    tree = ast.parse(edited.text)
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    simple = [
        (f, s)
        for f in functions
        for s in f.body
        if isinstance(s, ast.Assign | ast.Expr | ast.Assert) and s.end_lineno == s.lineno
    ]
    targets = [f for f in functions if _stands_alone(edited.text, f.body[0])]
    if not simple or len(targets) < 2:
        return False
    source, statement = rng.choice(simple)
    target = rng.choice([t for t in targets if t is not source] or targets)
    text = ast.get_source_segment(edited.text, statement) or "pass"
    starts = edited.starts
    last = target.body[-1]
    at = starts[(last.end_lineno or 0)] if (last.end_lineno or 0) < len(starts) else None
    if at is None:
        return False
    edited.put(at, " " * target.body[0].col_offset + text + "\n")
    return True


def mend(edited: EditedText, rng: random.Random) -> bool:
    """A statement becomes `pass`."""
    tree = ast.parse(edited.text)
    simple = [
        s
        for s in ast.walk(tree)
        if isinstance(s, ast.Assign | ast.Expr | ast.Assert | ast.Return | ast.AugAssign)
        and _stands_alone(edited.text, s)
    ]
    if not simple:
        return False
    node = rng.choice(simple)
    start, end = _whole_lines(edited, node)
    edited.cut(start + node.col_offset, end - 1)
    edited.put(start + node.col_offset, "pass")
    return True


def mend_and_plant(edited: EditedText, rng: random.Random) -> bool:
    """A statement becomes `pass` and bad code appears in another place."""
    return mend(edited, rng) and plant(edited, rng)


def several(edited: EditedText, rng: random.Random) -> bool:
    """Three edits of other kinds after each other."""
    kinds = [k for k in PRESERVING.values() if k is not several]
    return sum(rng.choice(kinds)(edited, rng) for _ in range(3)) > 0


PRESERVING: dict[str, Edit] = {
    "lines on top": lines_on_top,
    "blank lines": blank_lines,
    "comments": comments,
    "reordered": reorder,
    "renamed": rename,
    "under if": under_if,
    "in try": in_try,
    "lines split": split_lines,
    "lines joined": join_lines,
    "three of these": several,
}
CHANGING: dict[str, Edit] = {
    "function deleted": delete_function,
    "planted": plant,
    "copy planted": plant_a_copy,
    "mended": mend,
    "mended, planted": mend_and_plant,
}


def _statement_starts(text: str) -> Iterator[tuple[int, str]]:
    """Yields offsets of lines that begin a statement, with the indent."""
    starts = [0, *(m.end() for m in re.finditer("\n", text))]
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and _stands_alone(text, node):
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                continue
            if not _is_docstring(node) and not getattr(node, "decorator_list", []):
                yield starts[node.lineno - 1], " " * node.col_offset


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _stands_alone(text: str, node: ast.stmt) -> bool:
    """Whether a statement has its lines for itself."""
    lines = text.split("\n")
    first, last = lines[node.lineno - 1], lines[(node.end_lineno or 0) - 1]
    head = first.encode()[: node.col_offset]
    tail = last.encode()[node.end_col_offset or 0 :]
    before = lines[node.lineno - 2] if node.lineno > 1 else ""
    return not head.strip() and not tail.strip() and b"\t" not in head and before[-1:] != "\\"


def _siblings(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef):
            yield [part for part in node.body if isinstance(part, kinds)]


def _whole_lines(edited: EditedText, node: ast.stmt) -> tuple[int, int]:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(d.lineno for d in decorators)])
    starts = [*edited.starts, len(edited.text)]
    return starts[first - 1], starts[min(node.end_lineno or 0, len(starts) - 1)]


def move_between(source: EditedText, target: EditedText, rng: random.Random) -> bool:
    """A function moves to the end of another file."""
    groups = [g for g in _siblings(ast.parse(source.text)) if len(g) > 1][:1]
    if not groups:
        return False
    taken = source.cut(*_whole_lines(source, rng.choice(groups[0])))
    if not taken[0].endswith("\n") or taken[0].startswith(" "):
        return False
    target.put(len(target.text), "\n\n")
    target.paste(len(target.text), taken)
    return True
