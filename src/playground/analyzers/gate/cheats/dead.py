"""Dodges that leave the code in place but keep it from ever running."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from playground.analyzers.gate.cheats.demands import spins
from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import (
    FUNCTION,
    JUMPS,
    NAMED_TYPES,
    blocks,
    code_of,
    dotted,
    is_noop,
    last_name,
    truth,
    walked,
)
from playground.analyzers.gate.view import ChangeView, Part, Side
from playground.domain.verdicts import Objection

_PLATFORM = frozenset(
    {"sys.platform", "os.name", "platform.system", "sys.version_info", "sys.implementation.name"}
)


def branches(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """Branches, loops and functions that never run, and statements after a jump."""
    old, new = view.old_part, view.new_part
    if _constant_tests(new) > _constant_tests(old):
        yield Objection("dodge:dead-branch", "A condition was added that never changes.")
    if _checking_misuse(new) > _checking_misuse(old):
        yield Objection("dodge:dead-branch", "Code was put where only type checkers look.")
    hidden = _hidden_imports(view.new) - _hidden_imports(view.old)
    if hidden:
        name = min(hidden)
        message = f"{name} is used when the program runs but imported only for type checkers."
        yield Objection("dodge:dead-branch", message)
    if not rule.removes_statements and _empty_branches(new) > _empty_branches(old):
        yield Objection("dodge:dead-branch", "A branch was emptied or an empty one was added.")
    if _unreachable(new) > _unreachable(old):
        yield Objection("dodge:unreachable", "Code was made unreachable by an earlier jump.")
    if _spinning(new) > _spinning(old):
        yield Objection("dodge:unreachable", "A loop was added that never ends once it is entered.")
    if not rule.one_of("UP") and _platform_tests(new) > _platform_tests(old):
        yield Objection("dodge:platform", "A test of the platform or version was added.")
    for name, (was, now) in view.function_pairs.items():
        if _certain_checks(now) > _certain_checks(was):
            message = f"{name} asks for a type that its parameter has anyway; the answer is fixed."
            yield Objection("dodge:dead-branch", message)
        lazy = any(word in code_of(was.returns) for word in ("Itera", "Generator"))
        if _yields(now) and not (_yields(was) or lazy or rule.one_of("B901")):
            yield Objection("dodge:dead-branch", f"{name} became a generator and no longer runs.")
    if _uncalled(new) - _uncalled(old):
        yield Objection("dodge:dead-branch", "Code was moved into a function that no one calls.")


def _spinning(part: Part) -> int:
    return sum(isinstance(node, ast.While) and spins(node) for node in part.nodes)


def _constant_tests(part: Part) -> int:
    count = 0
    for node in part.nodes:
        if isinstance(node, ast.If | ast.IfExp):
            count += _is_fixed(node.test)
        elif isinstance(node, ast.While):
            count += truth(node.test) is False or _has_fixed_part(node.test)
        elif isinstance(node, ast.Assert):
            count += truth(node.test) is True or _has_fixed_part(node.test)
        elif isinstance(node, ast.comprehension):
            count += sum(_is_fixed(test) for test in node.ifs)
        elif isinstance(node, ast.For | ast.AsyncFor):
            count += truth(node.iter) is False or _is_empty_range(node.iter)
        elif isinstance(node, ast.match_case) and node.guard is not None:
            count += _is_fixed(node.guard)
    return count


def _is_fixed(test: ast.expr) -> bool:
    return truth(test) is not None or _has_fixed_part(test)


def _has_fixed_part(test: ast.expr) -> bool:
    """Whether a condition is decided by one of the parts that `and` and `or` join."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _has_fixed_part(test.operand)
    if not isinstance(test, ast.BoolOp):
        return False
    return any(truth(value) is not None or _has_fixed_part(value) for value in test.values)


def _is_empty_range(node: ast.expr) -> bool:
    if not (isinstance(node, ast.Call) and dotted(node.func) == "range"):
        return False
    try:
        bounds = [ast.literal_eval(argument) for argument in node.args]
        return len(range(*bounds)) == 0
    except (ValueError, TypeError, OverflowError, RecursionError):
        return False


def _is_checking(test: ast.expr) -> bool:
    return last_name(test) == "TYPE_CHECKING"


def _checking_misuse(part: Part) -> int:
    """Counts uses of TYPE_CHECKING other than `if TYPE_CHECKING:` around imports."""
    plain = sum(
        isinstance(node, ast.If)
        and _is_checking(node.test)
        and not node.orelse
        and all(isinstance(s, ast.Import | ast.ImportFrom) for s in node.body)
        for node in part.nodes
    )
    named = sum(
        isinstance(node, ast.Name | ast.Attribute) and last_name(node) == "TYPE_CHECKING"
        for node in part.nodes
    )
    return named - plain


@lru_cache(maxsize=8)
def _hidden_imports(side: Side) -> set[str]:
    """Returns names that only `if TYPE_CHECKING:` imports but that code reads when it runs."""
    if "TYPE_CHECKING" not in side.text:
        return set()
    hidden: set[str] = set()
    hidden_aliases: set[int] = set()
    for node in side.of(ast.If):
        if _is_checking(node.test):
            for inner in (n for statement in node.body for n in ast.walk(statement)):
                if isinstance(inner, ast.alias):
                    hidden_aliases.add(id(inner))
                    hidden.add((inner.asname or inner.name).split(".", 1)[0])
    for node in side.of(ast.alias):
        if id(node) not in hidden_aliases:
            hidden.discard((node.asname or node.name).split(".", 1)[0])
    return hidden & _read_when_run(side) if hidden else hidden


def _read_when_run(side: Side) -> set[str]:
    """Returns the names read anywhere but in annotations."""
    annotations = [node.annotation for node in (*side.of(ast.arg), *side.of(ast.AnnAssign))]
    annotations += [n.returns for n in (*side.of(ast.FunctionDef), *side.of(ast.AsyncFunctionDef))]
    skipped = {id(node) for node in walked(*(a for a in annotations if a is not None))}
    return {
        node.id
        for node in side.of(ast.Name)
        if isinstance(node.ctx, ast.Load) and id(node) not in skipped
    }


def _empty_branches(part: Part) -> int:
    return sum(
        isinstance(node, ast.If | ast.For | ast.AsyncFor | ast.While | ast.With | ast.AsyncWith)
        and all(is_noop(statement) for statement in node.body)
        and not all(isinstance(statement, ast.Continue) for statement in node.body)
        for node in part.nodes
    )


def _unreachable(part: Part) -> int:
    """Counts statements after a jump, or after a loop or branch that never ends otherwise."""
    count = 0
    for block in blocks(part.nodes):
        for index, statement in enumerate(block):
            if _never_continues(statement):
                count += len(block) - index - 1
                break
    return count


def _never_continues(statement: ast.stmt) -> bool:
    waiting = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, JUMPS) or (isinstance(node, ast.Assert) and truth(node.test) is False):
            continue
        if isinstance(node, ast.If) and node.orelse:
            waiting += [node.body[-1], node.orelse[-1]]
        elif isinstance(node, ast.With | ast.AsyncWith) and not _suppresses(node):
            waiting.append(node.body[-1])
        elif not _is_exit(node):
            return False
    return True


def _suppresses(node: ast.With | ast.AsyncWith) -> bool:
    """A context manager may swallow an exception; only `open` and locks are known not to."""
    return any(dotted(getattr(item.context_expr, "func", None)) != "open" for item in node.items)


def _is_exit(node: ast.stmt) -> bool:
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return False
    return dotted(node.value.func) in {"sys.exit", "os._exit", "exit", "quit"}


def _certain_checks(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Counts `isinstance(x, T)` in conditions where the parameter x is annotated with T."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    declared = {argument.arg: code_of(argument.annotation).strip("'\"") for argument in every}
    return sum(
        len(call.args) == 2
        and dotted(call.func) == "isinstance"
        and declared.get(dotted(call.args[0])) == code_of(call.args[1])
        for node in ast.walk(function)
        if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert)
        for call in ast.walk(node.test)
        if isinstance(call, ast.Call)
    )


def _platform_tests(part: Part) -> int:
    return sum(
        dotted(part) in _PLATFORM
        for node in part.nodes
        if isinstance(node, ast.If | ast.IfExp | ast.While)
        for part in ast.walk(node.test)
        if isinstance(part, ast.Attribute)
    )


def _uncalled(part: Part) -> set[str]:
    """Returns functions inside functions whose name nothing reads."""
    inner = {
        node.name
        for outer in part.nodes
        if isinstance(outer, FUNCTION)
        for node in _inside(outer)
        if isinstance(node, FUNCTION) and not node.decorator_list
    }
    if not inner:
        return inner
    return inner - {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in (*part.side.of(ast.Name), *part.side.of(ast.Attribute))
        if isinstance(node.ctx, ast.Load)
    }


def _yields(function: ast.AST) -> bool:
    """Whether a function, not one inside it, yields."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, (*NAMED_TYPES, ast.Lambda)):
            waiting += ast.iter_child_nodes(node)
    return False


def _inside(function: ast.AST) -> Iterator[ast.stmt]:
    """Yields the statements of a function, those of functions and classes inside it not."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt):
            yield node
        block = isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case)
        if block and not isinstance(node, NAMED_TYPES):
            waiting += ast.iter_child_nodes(node)
