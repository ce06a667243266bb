"""The same code in other words, so that a rule does not know it again.

Both sides of a change are written in the plainest words: `[x][0]` is `x`, `operator.eq(a, b)` is
`a == b`, `_pickle` is `pickle`. If nothing differs then, nothing was repaired.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import code_of, dotted, last_name
from playground.analyzers.gate.view import ChangeView
from playground.domain.syntax import PARSE_ERRORS, parsed
from playground.domain.verdicts import Objection

_OPERATORS: dict[str, type[ast.cmpop]] = {
    "eq": ast.Eq, "ne": ast.NotEq, "lt": ast.Lt, "le": ast.LtE, "gt": ast.Gt, "ge": ast.GtE,
    "is_": ast.Is, "is_not": ast.IsNot,
}  # fmt: skip
_ROUND_TRIPS = {
    "loads": "dumps", "b64decode": "b64encode", "unhexlify": "hexlify", "literal_eval": "repr",
    "fromhex": "hex", "unquote": "quote",
}  # fmt: skip
_INNER_MODULES = {
    "_pickle": "pickle", "_ssl": "ssl", "_socket": "socket", "_random": "random", "_md5": "hashlib",
    "_sha1": "hashlib", "_hashlib": "hashlib", "_posixsubprocess": "subprocess", "posix": "os",
    "nt": "os", "_operator": "operator", "_thread": "threading", "_io": "io",
}  # fmt: skip
_FIXED_NAMES = frozenset({"__file__", "__name__"})
_ABOUT_ITSELF = ("PLR0124", "PLW0127", "PLW0128")
_NODES_MAX = 20_000


def words(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Changes after which the code does the very same in other words.

    What is nested too deeply to be put into plain words is left to others.
    """
    free = rule.merges and not rule.one_of(*_ABOUT_ITSELF)
    if free or not rule.rule or len(view.old.nodes) > _NODES_MAX:
        return
    try:
        same = _say_the_same(view, _Words(copies=rule.one_of(*_ABOUT_ITSELF)))
    except RecursionError:
        return
    if same:
        message = "The code does the same in other words; repair what it does."
        yield Objection("dodge:dynamic", message)


def _say_the_same(view: ChangeView, words: _Words) -> bool:
    """Whether both sides are the same in plain words and were not before.

    Raises:
        RecursionError: the code is nested too deeply.
    """
    old, new = _changed(view)
    if _statements(old) == _statements(new):
        return False
    return _statements(words.visit(old)) == _statements(words.visit(new))


def _changed(view: ChangeView) -> tuple[ast.Module, ast.Module]:
    """Returns trees of our own of the top statements that only one side has."""
    texts = [
        [side.source_of(statement) for statement in side.tree.body] if side.tree else []
        for side in (view.old, view.new)
    ]
    own = [Counter(here) - Counter(there) for here, there in (texts, texts[::-1])]
    try:
        # Trees of views are shared and must not be rewritten.
        old, new = (parsed("\n".join(texts.elements())) for texts in own)
    except PARSE_ERRORS:
        return ast.Module([], []), ast.Module([], [])
    return old, new


def _statements(tree: ast.Module) -> Counter[str]:
    """Counts the statements of a module, its imports left out."""
    imports = (ast.Import, ast.ImportFrom)
    return Counter(ast.dump(s) for s in tree.body if not isinstance(s, imports))


class _Words(ast.NodeTransformer):
    """Puts the plain word in the place of each roundabout one."""

    def __init__(self, *, copies: bool) -> None:
        self._copies = copies

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = _INNER_MODULES.get(node.id, node.id)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return node.operand if isinstance(node.op, ast.UAdd) else node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        return node.values[0] if len({ast.dump(v) for v in node.values}) == 1 else node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        return node.body if ast.dump(node.body) == ast.dump(node.orelse) else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        zero = isinstance(node.right, ast.Constant) and node.right.value in {0, ""}
        return node.left if zero and isinstance(node.op, ast.Add | ast.Sub) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        self.generic_visit(node)
        node.values = [v for v in node.values if not _is_empty_text(v)]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        only = _only_element(node.value)
        first = isinstance(node.slice, ast.Constant) and node.slice.value == 0
        return only if only is not None and first else node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if len(node.ops) != 1 or not isinstance(node.ops[0], ast.In | ast.NotIn):
            return node
        only = _only_element(node.comparators[0])
        if only is None:
            return node
        operator = ast.Eq() if isinstance(node.ops[0], ast.In) else ast.NotEq()
        return ast.Compare(node.left, [operator], [only])

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name, given = last_name(node.func), node.args
        if isinstance(node.func, ast.Lambda) and not given and not node.keywords:
            return node.func.body
        if isinstance(node.func, ast.Call) and last_name(node.func.func) == "partial":
            inner = node.func
            if inner.args:
                made = ast.Call(inner.args[0], [*inner.args[1:], *given], [])
                made.keywords = [*inner.keywords, *node.keywords]
                return self._called(made)
        if name in {"next", "list"} and len(given) == 1 and isinstance(given[0], ast.Call):
            return self._first(node, given[0])
        return self._called(node)

    def _first(self, node: ast.Call, inner: ast.Call) -> ast.AST:
        """`next(map(f, [x]))` as `f(x)`, `next(iter([x]))` as `x`."""
        if len(inner.args) == 2 and dotted(inner.func) == "map":
            only = _only_element(inner.args[1])
            if only is not None:
                return self.visit_Call(ast.Call(inner.args[0], [only], []))
        only = _only_element(inner.args[0]) if len(inner.args) == 1 else None
        return only if only is not None and dotted(inner.func) == "iter" else node

    def _called(self, node: ast.Call) -> ast.AST:
        name, given = last_name(node.func), node.args
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if node.keywords:
            return node
        if name in _OPERATORS and len(given) == 2 and dotted(owner) == "operator":
            return ast.Compare(given[0], [_OPERATORS[name]()], [given[1]])
        if owner is not None and name.strip("_") in _OPERATORS and len(given) == 1:
            dunder = name.startswith("__") and name.endswith("__")
            return ast.Compare(owner, [_OPERATORS[name.strip("_")]()], given) if dunder else node
        if name in {"__setattr__", "__getattribute__", "__delattr__"}:
            short = {"__getattribute__": "getattr"}.get(name, name.strip("_"))
            own = [] if dotted(owner) in {"type", "object"} or owner is None else [owner]
            arguments = [*own, *given]
            return ast.Call(ast.Name(short, ast.Load()), arguments, [])
        if len(given) == 1:
            return self._wrapped(node, name, given[0])
        return node

    def _wrapped(self, node: ast.Call, name: str, only: ast.expr) -> ast.AST:
        """Returns what a call of one argument gives back as it was, else the call."""
        back = _ROUND_TRIPS.get(name)
        if back and isinstance(only, ast.Call) and last_name(only.func) == back and only.args:
            return only.args[0]
        if name == "str" and (_is_text(only) or dotted(only) in _FIXED_NAMES):
            return only
        if name in {"copy", "deepcopy"} and self._copies:
            return only
        if name == "wait" and isinstance(node.func, ast.Attribute):
            event = node.func.value
            if isinstance(event, ast.Call) and last_name(event.func) == "Event":
                return ast.Call(
                    ast.Attribute(ast.Name("time", ast.Load()), "sleep", ast.Load()), [only], []
                )
        return node


def _only_element(node: ast.AST) -> ast.expr | None:
    """Returns the one element of a literal list or tuple."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set) and len(node.elts) == 1:
        return None if isinstance(node.elts[0], ast.Starred) else node.elts[0]
    return None


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_empty_text(node: ast.AST) -> bool:
    """Whether a piece of an f-string gives nothing: `{''}`, `{str()}`."""
    if not isinstance(node, ast.FormattedValue):
        return False
    if isinstance(node.value, ast.Constant):
        return node.value.value == ""
    return isinstance(node.value, ast.Call) and code_of(node.value) in {"str()", "''.join(())"}
