"""Style as pure functions: source in, sentences about violations out."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from sources import Function, Module, at

FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 400
DECLARATION_LINES_MAX = 600
PARAMETERS_MAX = 5
POSITIONAL_PUBLIC_MAX = 2
POSITIONAL_PRIVATE_MAX = 3
LITERAL_CHARS_MAX = 200


def lengths(module: Module) -> Iterator[str]:
    """Files and functions that are too long; a file that only declares may be longer."""
    lines = len(module.text.splitlines())
    most = DECLARATION_LINES_MAX if only_declares(module) else FILE_LINES_MAX
    if lines > most:
        yield f"{module.path}: {lines} lines, at most {most}"
    for function, _ in module.functions:
        size = (function.end_lineno or function.lineno) - function.lineno + 1
        if size > FUNCTION_LINES_MAX:
            yield f"{at(module, function)}: {function.name} has {size} lines"


def only_declares(module: Module) -> bool:
    """True when no function does anything: each body is a docstring and an ellipsis."""
    return bool(module.functions) and all(
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        for function, _ in module.functions
        for statement in function.body
    )


PLAIN = {"str", "int", "float", "bytes", "bool"}
PAIRS = [
    *({"before", "after"}, {"old", "new"}, {"left", "right"}),
    *({"line", "column"}, {"tool", "rule"}),
]


def parameters(module: Module) -> Iterator[str]:
    """Functions with too many parameters, or with ones that are easy to swap.

    A public function takes at most two by position, and not both of the same plain type unless
    everybody knows the order of their names; a private one takes three. Dunder methods have the
    language's own shape, and functions inside functions that of whoever calls them back.
    """
    nested = nested_functions(module)
    for function, is_method in module.functions:
        positional = positional_of(function, is_method=is_method)
        every = len(positional) + len(function.args.kwonlyargs)
        if every > PARAMETERS_MAX:
            yield f"{at(module, function)}: {function.name} takes {every} parameters"
        if function.name.startswith("__") or id(function) in nested:
            continue
        names = [argument.arg for argument in positional]
        private = function.name.startswith("_") or "/_" in module.path
        if len(names) > (POSITIONAL_PRIVATE_MAX if private else POSITIONAL_PUBLIC_MAX):
            yield f"{at(module, function)}: {function.name} takes {names} by position"
        plain = [a for a in positional if a.annotation and ast.unparse(a.annotation) in PLAIN]
        types = [ast.unparse(a.annotation) for a in plain if a.annotation]
        same = len(set(types)) < len(types) and {a.arg for a in plain} not in PAIRS
        if same and not private:
            yield f"{at(module, function)}: {function.name}: {names} are easy to swap"


def nested_functions(module: Module) -> set[int]:
    """Ids of the functions that lie inside another one."""
    return {
        id(inner)
        for function, _ in module.functions
        for inner in ast.walk(function)
        if isinstance(inner, Function) and inner is not function
    }


def positional_of(function: Function, *, is_method: bool) -> list[ast.arg]:
    """The parameters that may be given by position, without self and cls."""
    names = [*function.args.posonlyargs, *function.args.args]
    static = any(
        isinstance(decorator, ast.Name) and decorator.id == "staticmethod"
        for decorator in function.decorator_list
    )
    return names[1:] if is_method and not static else names


SILENCE = re.compile(r"#\s*(noqa|type:\s*ignore|pyright:|ruff:|mypy:|flake8:|nosec)", re.IGNORECASE)
PROMISE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def suppressions(module: Module) -> Iterator[str]:
    """Comments that silence a tool, and words that promise work."""
    if not SILENCE.search(module.text) and not PROMISE.search(module.text):
        return
    for line, comment in comments(module.text):
        if SILENCE.search(comment):
            yield f"{module.path}:{line}: mend it instead of silencing it: {comment}"
        if PROMISE.search(comment):
            yield f"{module.path}:{line}: an issue holds what is to do, not a comment: {comment}"


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Yields line and text of every comment."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def patching(module: Module) -> Iterator[str]:
    """Mocks, and patches of anything but the interpreter's own `sys`."""
    for name, line in module.modules:
        if name.startswith(("unittest.mock", "mock", "pytest_mock")):
            yield f"{module.path}:{line}: give the code a fake port instead of {name}"
    for name, call in module.calls:
        if name.endswith("monkeypatch.setattr") and not is_sys(module, call):
            yield f"{at(module, call)}: give the code a fake port instead of patching"


def is_sys(module: Module, call: ast.Call) -> bool:
    """True when the call's first argument is the module `sys`."""
    return bool(call.args) and module.dotted(call.args[0]) == "sys"


INSTRUCTION = re.compile(
    r"\b(you are|your task|your job|respond|answer (?:with|only)|reply|return only|output only"
    r"|rewrite|do not|must not|never|always|please|fix the|the code below)\b",
    re.IGNORECASE,
)
SURE_INSTRUCTION = re.compile(
    r"\b(you are an? |you are the |your task is|respond with|answer with only|output only"
    r"|return only|think step by step)",
    re.IGNORECASE,
)


def prompts(module: Module) -> Iterator[str]:
    """Text for a model that is not in a prompt file: long instructions, or unmistakable ones."""
    documentation = docstrings_of(module)
    for node in module.nodes:
        if id(node) in documentation:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            parts = [p.value for p in node.values if isinstance(p, ast.Constant)]
            text = "".join(str(part) for part in parts)
        else:
            continue
        long = len(text) > LITERAL_CHARS_MAX and INSTRUCTION.search(text)
        if long or SURE_INSTRUCTION.search(text):
            yield f"{at(module, node)}: move this to prompts/text: {text[:60]!r}"


def docstrings_of(module: Module) -> set[int]:
    """Ids of the nodes that are docstrings, also of attributes."""
    found: set[int] = set()
    for node in module.nodes:
        if isinstance(node, ast.Module | ast.ClassDef | Function):
            found |= {id(child.value) for child in node.body if isinstance(child, ast.Expr)}
    return found


UNITLESS = re.compile(r"^(timeout|delay|duration|interval|wait|ttl|elapsed|size)$")


def units(module: Module) -> Iterator[str]:
    """Numbers whose name does not say their unit."""
    for node in module.nodes:
        if isinstance(node, ast.arg):
            name, annotation = node.arg, node.annotation
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name, annotation = node.target.id, node.annotation
        else:
            continue
        number = annotation is not None and re.search(r"\b(int|float)\b", ast.unparse(annotation))
        if number and UNITLESS.match(name):
            yield f"{at(module, node)}: {name}: put the unit last, such as {name}_s or _bytes"


def documented(module: Module) -> Iterator[str]:
    """Public modules, classes and functions without a docstring."""
    if not ast.get_docstring(module.tree) and module.text.strip():
        yield f"{module.path}: the module has no docstring"
    scopes: list[ast.Module | ast.ClassDef] = [module.tree]
    while scopes:
        for node in scopes.pop().body:
            if not isinstance(node, ast.ClassDef | Function) or node.name.startswith("_"):
                continue
            if isinstance(node, ast.ClassDef):
                scopes.append(node)
            if not ast.get_docstring(node):
                yield f"{at(module, node)}: {node.name} has no docstring"


def defined(module: Module) -> set[str]:
    """Names that the module defines or imports at its top."""
    names: set[str] = set()
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef | Function):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return names
