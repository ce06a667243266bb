"""Dodges that tell the analyzers to look away: comments, `Any`, `cast`, `@no_type_check`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from playground.analyzers.gate.cheats.prescriptions import Prescription
from playground.analyzers.gate.cheats.syntax import code_of, dotted, last_name
from playground.analyzers.gate.view import ChangeView, Definition, FunctionNode, Part, Side
from playground.domain.verdicts import Objection
from playground.security.suppressions import suppressions_in

_TYPE_COMMENT = re.compile(r"#\s*type\s*:\s*(?!ignore)\S", re.IGNORECASE)
_COOKIE = re.compile(r"#.*?coding[:=][ \t]*(?!utf-?8\b)[-\w.]+", re.IGNORECASE)
_OTHER_PRAGMA = re.compile(r"#\s*(?:pragma\s*:|fmt\s*:|yapf\s*:|isort\s*:)", re.IGNORECASE)
_ANY = re.compile(r"\b(?:Any|Incomplete)\b")
_GUARD = re.compile(r"\bType(?:Guard|Is)\b")
_ANY_NAMES = frozenset({"Any", "Incomplete"})
_TYPING_MODULES = frozenset({"typing", "typing_extensions", "t", "tp"})


def comments(view: ChangeView) -> Iterator[Objection]:
    """Comments that silence, whether the text parses or not."""
    new = suppressions_in(view.new.comments) - suppressions_in(view.old.comments)
    if new:
        kinds = ", ".join(sorted(new)[:4])
        yield Objection(
            "dodge:suppression", f"A comment that silences an analyzer was added ({kinds})."
        )
    for code, pattern, words in (
        ("dodge:type-comment", _TYPE_COMMENT, "A type comment was added; annotate the name."),
        ("dodge:suppression", _OTHER_PRAGMA, "A comment that steers a tool was added."),
        ("dodge:suppression", _COOKIE, "A comment that changes the file's encoding was added."),
    ):
        if _commented(view.new, pattern) > _commented(view.old, pattern):
            yield Objection(code, words)


def _commented(side: Side, pattern: re.Pattern[str]) -> int:
    return sum(1 for comment in side.comments if pattern.search(comment.text))


def types(view: ChangeView, *, rule: Prescription, request: bool = False) -> Iterator[Objection]:
    """Types made so wide that nothing can be found any more."""
    if not request and _any_count(view.new_part) > _any_count(view.old_part):
        yield Objection("dodge:any", "The type Any was added; name the type that is meant.")
    if _cast_count(view.new_part) > _cast_count(view.old_part):
        yield Objection("dodge:cast", "A cast was added; prove the type with a check instead.")
    if _lying_guards(view.new_part) > _lying_guards(view.old_part):
        yield Objection("dodge:cast", "A type guard was added that asks nothing; ask isinstance().")
    if not request and _wide_count(view.new_part) > _wide_count(view.old_part):
        message = "An annotation was made wider than it has to be; name the type that is meant."
        yield Objection("dodge:any", message)
    if _unchecked_count(view.new_part) > _unchecked_count(view.old_part):
        yield Objection("dodge:no-type-check", "@no_type_check was added; repair the types.")
    if rule.one_of("UP", "PYI", "RUF"):
        return
    for name, (old, new) in view.function_pairs.items():
        lost = _weaker_annotations(old, new, rule=rule)
        if lost:
            message = f"{name} lost the annotation of {lost}; keep it."
            yield Objection("dodge:any", message)


def _any_count(part: Part) -> int:
    count = 0
    for node in part.nodes:
        if isinstance(node, ast.Name):
            count += node.id in _ANY_NAMES
        elif isinstance(node, ast.Attribute):
            count += node.attr in _ANY_NAMES
        elif isinstance(node, ast.alias):
            count += node.name in _ANY_NAMES and node.asname is not None
        else:
            count += sum(len(_ANY.findall(text)) for text in _quoted_annotations(node))
    return count


def _quoted_annotations(node: ast.AST) -> Iterator[str]:
    for field in ("annotation", "returns"):
        annotation: object = getattr(node, field, None)
        if isinstance(annotation, ast.AST):
            for part in ast.walk(annotation):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def _cast_count(part: Part) -> int:
    aliases = {
        alias.asname or alias.name
        for node in part.side.imported
        if node.module in _TYPING_MODULES
        for alias in node.names
        if alias.name == "cast"
    }
    return sum(
        dotted(node.func) in aliases
        or (dotted(node.func).split(".")[0] in _TYPING_MODULES and last_name(node.func) == "cast")
        for node in part.nodes
        if isinstance(node, ast.Call)
    )


def _lying_guards(part: Part) -> int:
    """Counts functions that promise a type and return a constant."""
    return sum(
        isinstance(node, FunctionNode)
        and bool(_GUARD.search(code_of(node.returns)))
        and not any(isinstance(inner, ast.Call | ast.Compare) for s in node.body
                    for inner in ast.walk(s))
        for node in part.nodes
    )  # fmt: skip


def _wide_count(part: Part) -> int:
    """Counts annotations of variables that hold `object`, and `Callable[..., X]` anywhere."""
    count = 0
    for node in part.nodes:
        if isinstance(node, ast.AnnAssign):
            words = re.findall(r"\w+", code_of(node.annotation))
            count += words.count("object")
        if isinstance(node, ast.Subscript) and last_name(node.value) == "Callable":
            parts = getattr(node.slice, "elts", [])
            count += any(isinstance(p, ast.Constant) and p.value is ... for p in parts)
    return count


def _unchecked_count(part: Part) -> int:
    return sum(
        "no_type_check" in last_name(decorator)
        for node in part.nodes
        if isinstance(node, Definition)
        for decorator in node.decorator_list
    )


def _weaker_annotations(old: FunctionNode, new: FunctionNode, *, rule: Prescription) -> str:
    """Returns the first parameter or "the result" whose annotation is gone or became `object`.

    Pyright itself asks for `object` in the place of a type variable that ties nothing together.
    """
    before, after = _annotations(old), _annotations(new)
    asked = rule.one_of("reportInvalidTypeVarUse")
    for name, annotation in before.items():
        if name not in after:
            continue
        gone = annotation is not None and after[name] is None
        wider = _is_object(after[name]) and not _is_object(annotation)
        if gone or (wider and not (asked and isinstance(annotation, ast.Name))):
            return name or "the result"
    return ""


def _is_object(annotation: ast.expr | None) -> bool:
    return code_of(annotation).strip("'\"") == "object"


def _annotations(node: FunctionNode) -> dict[str, ast.expr | None]:
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
    return {"": node.returns, **{a.arg: a.annotation for a in every}}
