"""What the repairs of single rules must not leave behind: the same danger by another way."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator

from playground.analyzers.gate.cheats.folding import UNKNOWN, folded
from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import (
    code_of,
    dotted,
    last_name,
    loaded_names,
    walked,
)
from playground.analyzers.gate.view import ChangeView, Part, Side
from playground.domain.repairs.probing import divides_by_zero
from playground.domain.verdicts import Objection

_CHANGING_MODES = frozenset({"chmod", "fchmod", "lchmod", "mkdir", "makedirs", "mkfifo", "open"})
_FOR_EVERYBODY = 0o12  # to write for all, to run for the group: what S103 asks about
_FOR_EVERYBODY_NAMES = frozenset({"S_IRWXO", "S_IWOTH", "S_IRWXG", "S_IXGRP"})
_TEMPORARY = re.compile(r"^/?(?:var/)?(?:tmp|dev/shm|shm)(?:/|$)")
_READERS_OF_XML = frozenset(
    {"parse", "iterparse", "fromstring", "fromstringlist", "XML", "XMLID", "XMLParser",
     "XMLPullParser", "parseString", "make_parser", "ParserCreate", "create_parser", "feed"}
)  # fmt: skip
_RUNNING = frozenset(
    {"runsource", "runcode", "runstring", "InteractiveInterpreter", "InteractiveConsole",
     "compile_command", "timeit", "repeat", "runctx", "run_path", "run_module", "exec", "eval",
     "ForwardRef", "sympify", "parse_expr"}
)  # fmt: skip
_UNPICKLING = frozenset(
    {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib",
     "jsonpickle", "ForkingPickler", "Unpickler", "read_pickle", "Unmarshaller"}
)  # fmt: skip
_DAY_S = 86_400

_Danger = Callable[[ast.AST, Part], bool]
_Look = Callable[[ChangeView], Iterator[Objection]]


def dangers(view: ChangeView, *, rule: Prescription) -> Iterator[Objection]:
    """What the rule was about and what is still there in another shape."""
    for rules, looks in _LOOKS:
        if rule.one_of(*rules):
            yield from looks(view)


def _left(danger: _Danger, *, words: str) -> _Look:
    """Returns what objects to a danger that is there as often as before."""

    def look(view: ChangeView) -> Iterator[Objection]:
        before, after = (_count(part, danger) for part in view.parts)
        if after >= max(1, before):
            yield Objection("dodge:weakened", words)

    return look


def _brought(danger: _Danger, *, words: str) -> _Look:
    """Returns what objects to something that no repair may hold."""

    def look(view: ChangeView) -> Iterator[Objection]:
        if any(danger(node, view.new_part) for node in view.new_part.nodes):
            yield Objection("dodge:weakened", words)

    return look


def _count(part: Part, test: _Danger) -> int:
    return sum(test(node, part) for node in part.nodes)


def _is_open_mode(node: ast.AST, part: Part) -> bool:
    if not (isinstance(node, ast.Call) and last_name(node.func) in _CHANGING_MODES):
        return False
    for value in (*node.args, *(keyword.value for keyword in node.keywords)):
        known = folded(value, part.side.constants)
        if isinstance(known, int) and known & _FOR_EVERYBODY:
            return True
        if any(last_name(n) in _FOR_EVERYBODY_NAMES for n in walked(value)):
            return True
    return False


def _is_temporary(node: ast.AST, part: Part) -> bool:
    del part
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and bool(_TEMPORARY.match(node.value))
    )


def _runs_text(node: ast.AST, part: Part) -> bool:
    del part
    return isinstance(node, ast.Call) and last_name(node.func) in _RUNNING


def _unpickles(node: ast.AST, part: Part) -> bool:
    """Whether something is read by a library that can run what it reads."""
    if not isinstance(node, ast.Call):
        return False
    roots = {alias.asname or alias.name: module.module or ""
             for module in part.side.imported for alias in module.names}  # fmt: skip
    words = {*dotted(node.func).split("."), *roots.get(dotted(node.func), "").split(".")}
    return bool(words & _UNPICKLING) and last_name(node.func) not in {"dump", "dumps"}


def _goes_there_and_back(node: ast.AST, part: Part) -> bool:
    """Whether a value is written and read again at once: pickle copies nearly all, json little."""
    del part
    return (
        isinstance(node, ast.Call)
        and last_name(node.func) in {"loads", "load"}
        and any(
            isinstance(inner, ast.Call) and last_name(inner.func) in {"dumps", "dump"}
            for argument in node.args
            for inner in walked(argument)
        )
    )


def _reads_xml(node: ast.AST, part: Part) -> bool:
    if not (isinstance(node, ast.Call) and last_name(node.func) in _READERS_OF_XML):
        return False
    root = dotted(node.func).split(".", 1)[0]
    for statement in part.side.imports:
        module = getattr(statement, "module", None) or ""
        for alias in statement.names:
            if (alias.asname or alias.name).split(".", 1)[0] == root:
                return not f"{module}.{alias.name}".strip(".").startswith("defusedxml")
    return root in {"xml", "()"} or "." not in dotted(node.func)


def _raises(node: ast.AST, part: Part) -> bool:
    del part
    return isinstance(node, ast.Raise)


def _fails(node: ast.AST, part: Part) -> bool:
    return _raises(node, part) or (isinstance(node, ast.Expr) and divides_by_zero(node.value))


def _is_computed(node: ast.AST, part: Part) -> bool:
    """Whether `verify` is given what is neither a truth value nor a place of certificates."""
    del part
    if not (isinstance(node, ast.keyword) and node.arg == "verify"):
        return False
    return isinstance(node.value, ast.UnaryOp | ast.Compare | ast.BoolOp | ast.BinOp | ast.IfExp)


def _waits_long(node: ast.AST, part: Part) -> bool:
    if not (isinstance(node, ast.keyword) and node.arg == "timeout"):
        return False
    if last_name(node.value) in {"TIMEOUT_MAX", "maxsize", "inf", "max"}:
        return True
    value = folded(node.value, part.side.constants)
    if isinstance(value, tuple):
        return None in value
    return isinstance(value, int | float) and value is not UNKNOWN and value > _DAY_S


def _still_blocks(view: ChangeView) -> Iterator[Objection]:
    before, after = (
        sum(isinstance(node, ast.Await | ast.AsyncWith | ast.AsyncFor) for node in part.nodes)
        for part in view.parts
    )
    if after <= before:
        message = "Nothing more is awaited, so the call still blocks the loop; await it."
        yield Objection("dodge:weakened", message)


def _escapes_nothing(node: ast.AST, part: Part) -> bool:
    del part
    if not (isinstance(node, ast.Call) and last_name(node.func) == "select_autoescape"):
        return False
    enabled = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "enabled_extensions")]
    return any(isinstance(e, ast.List | ast.Tuple | ast.Set) and not e.elts for e in enabled)


def _other_annotations(view: ChangeView) -> Iterator[Objection]:
    """RUF013 asks for None beside the type that there is."""
    for old, new in view.function_pairs.values():
        before = {a.arg: a.annotation for a in walked(old.args) if isinstance(a, ast.arg)}
        for argument in walked(new.args):
            if not isinstance(argument, ast.arg):
                continue
            was, now = code_of(before.get(argument.arg)), code_of(argument.annotation)
            if was and was != now and was.strip("'\"") not in now:
                message = f"{argument.arg} lost its type; write `{was.strip(chr(39))} | None`."
                yield Objection("dodge:any", message)
                return


def _assigned_in_tests(view: ChangeView) -> Iterator[Objection]:
    """A loop's variable overwritten by `:=` is overwritten all the same."""
    for loop in view.new_part.nodes:
        if isinstance(loop, ast.For | ast.AsyncFor):
            own = {n.id for n in walked(loop.target) if isinstance(n, ast.Name)}
            for node in walked(*loop.body):
                if isinstance(node, ast.NamedExpr) and dotted(node.target) in own:
                    message = f"{dotted(node.target)} is still overwritten; use another name."
                    yield Objection("dodge:dynamic", message)
                    return


def _swallowed_arguments(view: ChangeView) -> Iterator[Objection]:
    """Arguments that do not fit are taken by a parameter that nothing reads."""
    for name, (old, new) in view.function_pairs.items():
        read = loaded_names(node for statement in new.body for node in walked(statement))
        for was, now in ((old.args.vararg, new.args.vararg), (old.args.kwarg, new.args.kwarg)):
            if now is not None and was is None and now.arg not in read:
                message = f"{name} takes arguments that it does not read; mend the call."
                yield Objection("dodge:weakened", message)
                return


def _put_into_calls(view: ChangeView) -> Iterator[Objection]:
    """A value that nobody used is handed to a call whose result nobody uses, or made an error."""
    if _count(view.new_part, _fails) > _count(view.old_part, _fails):
        yield Objection("dodge:invented", "An error is raised where none was; remove it.")
        return
    idle = {
        code_of(node.value)
        for node in view.old_part.nodes
        if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call | ast.Constant)
    }
    for node in view.new_part.nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.List | ast.Tuple):
            inside = {code_of(inner) for inner in walked(node.value) if isinstance(inner, ast.expr)}
            if idle & inside:
                message = "The useless value is given to a call instead; remove it, or use it."
                yield Objection("dodge:discard", message)
                return


def _returns_not_implemented(view: ChangeView) -> Iterator[Objection]:
    for name, (old, new) in view.function_pairs.items():
        if name.rsplit(".", 1)[-1].startswith("__"):
            continue
        if _not_implemented(new) > _not_implemented(old):
            message = "NotImplemented is for operators alone; return None, or raise an error."
            yield Objection("dodge:invented", message)
            return


def _not_implemented(function: ast.AST) -> int:
    returns = (node for node in walked(function) if isinstance(node, ast.Return))
    return sum(dotted(node.value) == "NotImplemented" for node in returns)


def _raises_before_it_is_asked(node: ast.AST, part: Part) -> bool:
    """Whether a program's failure is raised although its code is looked at behind the call."""
    if not isinstance(node, ast.keyword) or node.arg != "check":
        return False
    asked = any(isinstance(n, ast.Attribute) and n.attr == "returncode" for n in part.nodes)
    return asked and isinstance(node.value, ast.Constant) and node.value.value is True


def _reads_objects(node: ast.AST, part: Part) -> bool:
    """Whether literals are read from the text of an object that is built there."""
    del part
    if not (isinstance(node, ast.Call) and last_name(node.func) == "literal_eval" and node.args):
        return False
    text = node.args[0]
    return isinstance(text, ast.Call) and dotted(text.func) in {"repr", "str"}


def _differ_in_length(node: ast.AST, part: Part) -> bool:
    """Whether values are put beside a slice of themselves, and have to be as many."""
    del part
    if not (isinstance(node, ast.Call) and dotted(node.func) == "zip"):
        return False
    strict = any(
        keyword.arg == "strict"
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value is True
        for keyword in node.keywords
    )
    sliced = {
        code_of(given.value)
        for given in node.args
        if isinstance(given, ast.Subscript) and isinstance(given.slice, ast.Slice)
    }
    return strict and any(code_of(given) in sliced for given in node.args)


_LOOKS: tuple[tuple[tuple[str, ...], _Look], ...] = (
    (("S103",), _left(
        _is_open_mode, words="Everybody may still write or run it; give fewer rights.")),
    (("S108",), _left(
        _is_temporary, words="The place is still known to everybody; use tempfile.")),
    (("S102", "S307"), _left(
        _runs_text, words="The text is still run, only by another way; parse it.")),
    (("S301", "S302"), _left(
        _unpickles, words="What is read can still run code; use json, or another format.")),
    (("S301", "S302"), _brought(
        _goes_there_and_back,
        words="This copies a value, and text keeps few kinds of them; leave it.")),
    (("S313", "S314", "S315", "S316", "S317", "S318", "S319", "S320"), _left(
        _reads_xml, words="Another reader of XML is no safer; use defusedxml.")),
    (("S501",), _brought(
        _is_computed, words="verify= is computed; leave it out, or name a bundle.")),
    (("S113",), _brought(_waits_long, words="The timeout is longer than a day; give seconds.")),
    (("S701",), _brought(_escapes_nothing, words="Nothing is escaped; write autoescape=True.")),
    (("PLW1510",), _brought(
        _raises_before_it_is_asked,
        words="check=True raises before the code asks how it ended; write check=False.")),
    (("S307",), _brought(
        _reads_objects, words="The text of an object is no literal, so reading it raises.")),
    (("B905",), _brought(
        _differ_in_length, words="The two are never as long; write strict=False.")),
    (("ASYNC",), _still_blocks),
    (("RUF013",), _other_annotations),
    (("PLW2901",), _assigned_in_tests),
    (("reportCallIssue", "reportArgumentType"), _swallowed_arguments),
    (("B015", "B018", "PLW0104", "reportUnusedExpression"), _put_into_calls),
    (("RET503",), _returns_not_implemented),
)  # fmt: skip


def spins(loop: ast.While) -> bool:
    """Whether a loop, once entered, can neither end nor do anything about its condition."""
    tests = walked(loop.test)
    if any(not isinstance(n, _PLAIN_TESTS) for n in tests) or not loaded_names(tests):
        return False
    inside = walked(*loop.body)
    ends = (ast.Break, ast.Return, ast.Raise, ast.Yield, ast.YieldFrom, ast.Await)
    if any(isinstance(node, ends) for node in inside):
        return False
    stored = {n.id for n in inside if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    calls = any(isinstance(node, ast.Call) and loaded_names(walked(node)) & loaded_names(tests)
                for node in inside)  # fmt: skip
    return not stored & loaded_names(tests) and not calls


_PLAIN_TESTS = (
    ast.Compare, ast.BoolOp, ast.UnaryOp, ast.Name, ast.Constant, ast.cmpop, ast.boolop,
    ast.unaryop, ast.expr_context,
)  # fmt: skip


def tells(call: str, side: Side) -> bool:
    """Whether a call of this dotted name tells anybody of an error, or does something about it.

    What the standard library offers besides logging, warnings and endings does not.
    """
    root = call.split(".", 1)[0]
    modules = {
        (alias.asname or alias.name).split(".", 1)[0]: alias.name.split(".", 1)[0]
        for statement in side.of(ast.Import)
        for alias in statement.names
    }
    module = modules.get(root, "")
    if module not in sys.stdlib_module_names:
        return True
    if module in {"logging", "warnings", "traceback", "syslog", "subprocess", "os", "shutil"}:
        return True
    return call.startswith(("sys.exit", "sys.stderr.", "sys.stdout.", "sys.excepthook"))
