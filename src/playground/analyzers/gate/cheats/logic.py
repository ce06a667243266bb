"""Simplifications that decide otherwise than the code before them.

Rules about conditions ask for the same decisions in fewer words. Both sides of a change are gone
through for every outcome of their tests: what is done and returned then has to be the same. A test
is known by its text; `a != b` is `not a == b`, `x in (a, b)` is `x == a or x == b`, and a loop that
returns at the first hit is `any()`. What cannot be followed is held to be the same.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import BODY_FIELDS, dotted, last_name, walked
from playground.analyzers.gate.regions import runs
from playground.analyzers.gate.view import ChangeView
from playground.domain.verdicts import Objection

# Not among them: `a and not a` (SIM220 to SIM223) is a slip, whose repair decides otherwise, and
# `not not a` (SIM208) may become `a` where only its truth counts.
SAME_DECISIONS = (
    "SIM102", "SIM103", "SIM108", "SIM109", "SIM110", "SIM114", "SIM118", "SIM201", "SIM202",
    "SIM21", "SIM300", "E711", "E712", "E713", "E714", "F632", "PLR1714", "PIE810", "PLR5501",
    "RET505", "RET506", "RET507", "RET508",
)  # fmt: skip
"""Beginnings of rules after whose repair every outcome is as before."""
_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_JUMPS = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_OUTCOMES_MAX = 400
_NODES_MAX = 2_000
_TESTS_MAX = 6

Test = tuple[str, ...]


class _AskError(Exception):
    """A test whose outcome is not yet assumed.

    Attributes:
        test: which one.
    """

    def __init__(self, test: Test) -> None:
        super().__init__(test)
        self.test = test


class _LostError(Exception):
    """The code cannot be followed."""


def decisions(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Changes for a rule about conditions after which another thing is done or returned."""
    if not rule.one_of(*SAME_DECISIONS):
        return
    turns = _ends_of_turns(view.old.nodes), _ends_of_turns(view.new.nodes)
    for before, after in runs(view):
        pairs = zip((before, after), turns, strict=True)
        ends = all(bool(block) and id(block[-1]) in last for block, last in pairs)
        if not _decide_alike(before, after, ends=ends):
            message = "The code now decides otherwise than before; keep every outcome as it was."
            yield Objection("dodge:weakened", message)
            return


def _ends_of_turns(nodes: Iterable[ast.AST]) -> set[int]:
    """Returns the last statements of loops' bodies, by identity."""
    loops = (node for node in nodes if isinstance(node, ast.For | ast.AsyncFor | ast.While))
    return {id(loop.body[-1]) for loop in loops}


def _decide_alike(before: Sequence[ast.stmt], after: Sequence[ast.stmt], *, ends: bool) -> bool:
    """Whether both do the same for every outcome of the tests, or one cannot be followed.

    Args:
        before: statements, and those in their place.
        after: the latter.
        ends: whether a turn of a loop ends with them, so that `continue` does nothing.
    """
    if len(walked(*before, *after)) > _NODES_MAX:
        return True
    waiting: list[Mapping[Test, bool]] = [{}]
    for _ in range(_OUTCOMES_MAX):
        if not waiting:
            return True
        known = waiting.pop()
        try:
            sides = [_Walk(known, ends=ends).through(block) for block in (before, after)]
        except _AskError as asked:
            waiting += [{**known, asked.test: answer} for answer in (True, False)]
            continue
        except (_LostError, RecursionError):
            return True
        if sides[0] != sides[1]:
            return False
    return True


@dataclass
class _Walk:
    """One way through the code.

    Attributes:
        known: the outcomes of tests.
        ends: whether `continue` does nothing.
        done: what was done so far; a test after it is another test than before.
    """

    known: Mapping[Test, bool]
    ends: bool = False
    done: list[str] = field(default_factory=list[str])
    _named: tuple[str, str] = ("", "")

    def through(self, block: Sequence[ast.stmt]) -> list[str]:
        """Returns what is done, a jump last."""
        self._run(block)
        return self.done

    def _run(self, block: Sequence[ast.stmt]) -> bool:
        """Does what a block does; returns whether it ends in a jump."""
        for statement in block:
            if isinstance(statement, ast.Pass):
                continue
            if isinstance(statement, ast.If):
                chosen = statement.body if self.holds(statement.test) else statement.orelse
                jumps = self._run(chosen)
            else:
                jumps = self._step(statement)
            if jumps:
                return True
        return False

    def _step(self, statement: ast.stmt) -> bool:
        found = _first_hit(statement)
        if found is not None:
            test, hit = found
            if self._any(test):
                self.done.append(ast.dump(hit))
                return True
            return False
        if any(getattr(statement, name, None) for name in BODY_FIELDS) or isinstance(
            statement, ast.Match
        ):
            raise _LostError
        if isinstance(statement, ast.Assert):
            message = ast.dump(statement.msg) if statement.msg is not None else ""
            self.done.append(f"assert {self.holds(statement.test)} {message}")
            return False
        if isinstance(statement, ast.Continue) and self.ends:
            return True
        self._do(self._valued(copy.deepcopy(statement)))
        return isinstance(statement, _JUMPS)

    def _do(self, node: ast.AST) -> None:
        """Notes what is done; `x = y` and `return x` directly after it are `return y`."""
        named, self._named = self._named, ("", "")
        if isinstance(node, ast.Return) and named[0] and dotted(node.value) == named[0]:
            self.done[-1] = named[1]
            return
        self.done.append(ast.dump(node))
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                self._named = target.id, ast.dump(ast.Return(node.value))

    def _valued(self, node: ast.AST) -> ast.AST:
        """Returns a node in which every choice is made as the tests came out."""
        if isinstance(node, _SCOPES):
            return _Plain().visit(node)
        if isinstance(node, ast.IfExp):
            return self._valued(node.body if self.holds(node.test) else node.orelse)
        if isinstance(node, ast.BoolOp):
            wanted = isinstance(node.op, ast.Or)
            for value in node.values[:-1]:
                if self.holds(value) is wanted:
                    return self._valued(value)
            return self._valued(node.values[-1])
        asked = _asked_for_true(node)
        if asked is not None:
            return self._valued(asked)
        if isinstance(node, ast.expr) and _is_boolean(node):
            return ast.Constant(self.holds(node))
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.AST):
                setattr(node, name, self._valued(value))
            elif isinstance(value, list):
                items = cast("list[object]", value)
                made = [self._valued(i) if isinstance(i, ast.AST) else i for i in items]
                setattr(node, name, made)
        return node

    def holds(self, node: ast.expr) -> bool:
        """Returns the outcome of a condition; asks for the ones it rests on."""
        if isinstance(node, ast.Constant):
            return bool(node.value)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return not self.holds(node.operand)
        if isinstance(node, ast.BoolOp):
            chosen = any if isinstance(node.op, ast.Or) else all
            return chosen(self.holds(value) for value in node.values)
        if isinstance(node, ast.IfExp):
            return self.holds(node.body if self.holds(node.test) else node.orelse)
        if isinstance(node, ast.Compare):
            lefts = [node.left, *node.comparators]
            pairs = zip(lefts, node.ops, node.comparators, strict=False)
            return all(self._compared(left, op, right) for left, op, right in pairs)
        if isinstance(node, ast.Call):
            return self._called(node)
        return self._asked("is true", ast.dump(node))

    def _called(self, node: ast.Call) -> bool:
        only = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if only is not None and dotted(node.func) == "bool":
            return self.holds(only)
        if isinstance(only, ast.GeneratorExp | ast.ListComp) and len(only.generators) == 1:
            name, loop = dotted(node.func), only.generators[0]
            if name == "any":
                return self._any(_hit(loop, ast.BoolOp(ast.And(), [*loop.ifs, only.elt])))
            if name == "all":
                fails = ast.UnaryOp(ast.Not(), only.elt)
                return not self._any(_hit(loop, ast.BoolOp(ast.And(), [*loop.ifs, fails])))
        parts = isinstance(only, ast.Tuple) and last_name(node.func) in {"startswith", "endswith"}
        if parts and isinstance(only, ast.Tuple):
            return any(self._called(ast.Call(node.func, [part], [])) for part in only.elts)
        return self._asked("is true", ast.dump(node))

    def _any(self, test: Test) -> bool:
        return self._asked(*test)

    def _compared(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> bool:
        if isinstance(operator, ast.In | ast.NotIn):
            found = self._contained(left, right)
            return found if isinstance(operator, ast.In) else not found
        if isinstance(operator, ast.Eq | ast.NotEq | ast.Is | ast.IsNot):
            same = self._equal(left, right, exact=isinstance(operator, ast.Is | ast.IsNot))
            return same if isinstance(operator, ast.Eq | ast.Is) else not same
        sides = [ast.dump(left), ast.dump(right)]
        if isinstance(operator, ast.Lt | ast.GtE):
            below = self._asked("is below", *sides)
        else:
            below = self._asked("is below", *reversed(sides))
        return below if isinstance(operator, ast.Lt | ast.Gt) else not below

    def _contained(self, left: ast.expr, right: ast.expr) -> bool:
        if isinstance(right, ast.Tuple | ast.List | ast.Set):
            if any(isinstance(part, ast.Starred) for part in right.elts):
                raise _LostError
            return any(self._equal(left, part, exact=False) for part in right.elts)
        return self._asked("is in", ast.dump(left), ast.dump(_of_keys(right)))

    def _equal(self, left: ast.expr, right: ast.expr, *, exact: bool) -> bool:
        for one, other in ((left, right), (right, left)):
            if isinstance(one, ast.Constant) and isinstance(one.value, bool):
                return self.holds(other) is one.value
        constants = [s.value for s in (left, right) if isinstance(s, ast.Constant)]
        if exact and not constants:
            return self._asked("is", *sorted([ast.dump(left), ast.dump(right)]))
        return self._asked("equals", *sorted([ast.dump(left), ast.dump(right)]))

    def _asked(self, *test: str) -> bool:
        asked = (str(len(self.done)), *test)
        if asked not in self.known:
            raise _AskError(asked)
        return self.known[asked]


class _Plain(ast.NodeTransformer):
    """Conditions in functions and comprehensions in a form that does not depend on the writing."""

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        tests = _table(ast.BoolOp(ast.And(), node.ifs)) if node.ifs else ""
        node.iter = _of_keys(cast("ast.expr", self.visit(node.iter)))
        node.ifs = [ast.Constant(tests)]
        return node

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.expr) and _is_boolean(node):
            return ast.Constant(_table(node))
        return super().visit(node)


def _asked_for_true(node: ast.AST) -> ast.expr | None:
    """Returns `x` of `x == True`."""
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return None
    right = node.comparators[0]
    asked = isinstance(right, ast.Constant) and right.value is True
    return node.left if asked and isinstance(node.ops[0], ast.Eq) else None


def _of_keys(node: ast.expr) -> ast.expr:
    """Returns the mapping of `mapping.keys()`, other expressions as they are."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.value if node.func.attr == "keys" and not node.args else node
    return node


def _is_boolean(node: ast.expr) -> bool:
    """Whether an expression gives a truth value."""
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not)
    if isinstance(node, ast.Compare):
        return True
    if isinstance(node, ast.IfExp):
        return _is_boolean(node.body) and _is_boolean(node.orelse)
    if isinstance(node, ast.BoolOp):
        return all(_is_boolean(value) for value in node.values)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, bool)
    names = {"bool", "isinstance", "issubclass", "any", "all", "callable", "hasattr"}
    if not isinstance(node, ast.Call):
        return False
    return dotted(node.func) in names or last_name(node.func) in {"startswith", "endswith"}


def _first_hit(statement: ast.stmt) -> tuple[Test, ast.Return] | None:
    """Returns the test and the answer of `for x in y: if t: return True`."""
    if not isinstance(statement, ast.For) or statement.orelse or len(statement.body) != 1:
        return None
    only = statement.body[0]
    if not isinstance(only, ast.If) or only.orelse or len(only.body) != 1:
        return None
    hit = only.body[0]
    if not isinstance(hit, ast.Return) or not isinstance(hit.value, ast.Constant):
        return None
    return _hit(statement, only.test), hit


def _hit(loop: ast.For | ast.comprehension, test: ast.expr) -> Test:
    """Returns the test whether any element of a loop passes a test."""
    waits = isinstance(loop, ast.comprehension) and bool(loop.is_async)
    return ("any", str(waits), ast.dump(loop.target), ast.dump(loop.iter), _table(test))


def _table(test: ast.expr) -> str:
    """Returns a condition in a form that does not depend on how it is written."""
    asked: set[Test] = set()
    waiting: list[Mapping[Test, bool]] = [{}]
    while waiting:
        known = waiting.pop()
        try:
            _Walk(known).holds(test)
        except _AskError as wanted:
            asked.add(wanted.test)
            if len(asked) > _TESTS_MAX:
                raise _LostError from None
            waiting += [{**known, wanted.test: answer} for answer in (True, False)]
    order = sorted(asked)
    outcomes = itertools.product((True, False), repeat=len(order))
    bits = [_Walk(dict(zip(order, row, strict=True))).holds(test) for row in outcomes]
    return f"{order} {bits}"
