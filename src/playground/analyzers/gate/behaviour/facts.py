"""How a Python file compares before and after, aspect by aspect."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from playground.analyzers.gate.behaviour.features import Features
from playground.analyzers.gate.behaviour.likeness import Likeness, likeness
from playground.analyzers.gate.cheats.syntax import bound_names, code_of, walked
from playground.analyzers.gate.signatures import public_heads
from playground.analyzers.gate.view import ChangeView, Part, Side
from playground.domain.verdicts import Aspect, Fact

_NODES_MAX = 12_000
_SHOWN_CHARS_MAX = 80
_DYNAMIC = frozenset(
    {"eval", "exec", "compile", "__import__", "globals", "locals", "vars", "setattr", "delattr",
     "import_module", "reload"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """One changed Python file.

    Attributes:
        likeness: how alike the trees are.
        facts: one for each aspect, in the order of `Aspect`.
        places: changed functions and classes, "" for code outside of them; empty if the code is
            the same.
        exits: sentences about returns and raises that took each other's place.
        is_telling: whether everything that differs is among the facts.
        rewritten: lines before on which statements are gone.
    """

    likeness: Likeness
    facts: tuple[Fact, ...]
    places: tuple[str, ...] = ()
    exits: tuple[str, ...] = ()
    is_telling: bool = True
    rewritten: frozenset[int] = frozenset()

    def fact(self, aspect: Aspect) -> Fact:
        """Returns what is known of an aspect."""
        return next(fact for fact in self.facts if fact.aspect is aspect)

    @property
    def changed(self) -> frozenset[Aspect]:
        """The aspects that differ."""
        return frozenset(fact.aspect for fact in self.facts if not fact.is_same)


def compare(view: ChangeView) -> Compared:
    """Compares both sides of a file that parses on both."""
    alike = likeness(view)
    if alike is Likeness.SAME:
        return Compared(alike, tuple(Fact(aspect) for aspect in Aspect))
    if len(view.old_part.nodes) + len(view.new_part.nodes) > _NODES_MAX:
        return Compared(alike, (), is_telling=False)
    old = Features(view.old_part, imported(view.old))
    new = Features(view.new_part, imported(view.new))
    known = {fact.aspect: fact for fact in (*_of_the_file(view, alike), *_of_the_code(old, new))}
    if alike is Likeness.IMPORTS and known[Aspect.IMPORTS].is_same:
        known[Aspect.ORDER] = Fact(Aspect.ORDER, added=("imports",))
    facts = tuple(known.get(aspect, Fact(aspect)) for aspect in Aspect)
    changed = {fact.aspect for fact in facts if not fact.is_same}
    named = changed - {Aspect.READS, Aspect.SIGNATURES, Aspect.EXPORTS}
    return Compared(
        likeness=alike,
        facts=facts,
        places=_places(view, alike),
        exits=tuple(_exits(old, new)),
        is_telling=bool(named) and not _turns_dynamic(old, new),
        rewritten=_rewritten(old, new),
    )


def imported(side: Side) -> dict[str, str]:
    """Returns what each imported name stands for."""
    found: dict[str, str] = {}
    for node in side.imports:
        if isinstance(node, ast.Import):
            found.update({(a.asname or a.name): a.name for a in node.names})
        else:
            origin = "." * node.level + (node.module or "")
            found.update({(a.asname or a.name): f"{origin}.{a.name}" for a in node.names})
    return found


def imports_are_harmless(view: ChangeView) -> bool:
    """Whether changed imports can do nothing but bind names.

    New ones are of the standard library or of modules that the file imported before; none of those
    that are gone is still used, changes what a used name means, or is a `__future__`.
    """
    old, new = imported(view.old), imported(view.new)
    used = view.new.loaded
    if any(new.get(n) != origin and n.split(".", 1)[0] in used for n, origin in old.items()):
        return False
    known = {origin.split(".", 1)[0] for origin in old.values()}
    gone = {o.split(".", 1)[0] for o in set(old.values()) - set(new.values())}
    come = {o.split(".", 1)[0] for o in set(new.values()) - set(old.values())}
    if "__future__" in gone | come or any(o.endswith("*") for o in {*old.values(), *new.values()}):
        return False
    return bool(gone | come) and come <= known | sys.stdlib_module_names and gone <= known


def _of_the_file(view: ChangeView, alike: Likeness) -> Iterator[Fact]:
    yield _fact(Aspect.SIGNATURES, *(Counter(heads) for heads in public_heads(view)))
    yield _fact(Aspect.EXPORTS, Counter(_exports(view.old)), Counter(_exports(view.new)))
    origins = [Counter(set(imported(side).values())) for side in (view.old, view.new)]
    yield _fact(Aspect.IMPORTS, *origins)
    if alike >= Likeness.DOCSTRINGS:
        yield _fact(Aspect.DOCSTRINGS, *(Counter(_docstrings(p)) for p in view.parts))
        yield _fact(Aspect.ANNOTATIONS, *(Counter(_annotations(p)) for p in view.parts))


def _of_the_code(old: Features, new: Features) -> Iterator[Fact]:
    for aspect in {**old.counts, **new.counts}:
        before, after = (side.counts.get(aspect, Counter[str]()) for side in (old, new))
        yield _fact(aspect, before, after)
    out_of_order = _out_of_order([t for _, t in old.code], [t for _, t in new.code])
    out_of_order += _out_of_order(_members(old.part), _members(new.part))
    yield Fact(Aspect.ORDER, added=_shown(out_of_order))
    common = old.counts.get(Aspect.CODE, Counter[str]()) & new.counts.get(
        Aspect.CODE, Counter[str]()
    )
    moved = {head for head, _ in (new.blocks - old.blocks) if head in common}
    moved &= {head for head, _ in (old.blocks - new.blocks)}
    yield Fact(Aspect.BLOCKS, added=_shown(moved))


def _fact(aspect: Aspect, before: Counter[str], after: Counter[str]) -> Fact:
    return Fact(aspect, _shown(before - after), _shown(after - before))


def _shown(texts: Sequence[str] | set[str] | Counter[str]) -> tuple[str, ...]:
    cut = (t if len(t) <= _SHOWN_CHARS_MAX else f"{t[: _SHOWN_CHARS_MAX - 1]}…" for t in texts)
    return tuple(sorted(set(cut)))


def _members(part: Part) -> list[str]:
    """Returns what the bodies of the module and of all changed classes consist of, in order."""
    side = part.side
    bodies = [n.body for n in part.nodes if isinstance(n, ast.Module | ast.ClassDef)]
    return [side.source_of(node) for body in bodies for node in body]


def _out_of_order(old: list[str], new: list[str]) -> list[str]:
    """Returns the texts that stand in another order, of those that both lists hold as often."""
    counts = Counter(old), Counter(new)
    before = [text for text in old if counts[0][text] == counts[1][text]]
    after = [text for text in new if counts[0][text] == counts[1][text]]
    if before == after:
        return []
    return [" ".join(a.split()) for b, a in zip(before, after, strict=True) if a != b][:1]


def _exports(side: Side) -> set[str]:
    """Returns the public names of a module's top level, imports not counted, and `__all__`."""
    waiting: list[ast.stmt] = list(side.tree.body) if side.tree else []
    found: set[str] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            for field in ("body", "orelse", "finalbody"):
                waiting += getattr(node, field, [])
            for handler in getattr(node, "handlers", []):
                waiting += handler.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            names = bound_names(walked(node))
            found |= names
            if "__all__" in names:
                found.add(" ".join(code_of(node).split()))
    return {name for name in found if not name.startswith("_") or name.startswith("__all__")}


def _docstrings(part: Part) -> Iterator[str]:
    for node in part.nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node, clean=False)
            if text is not None:
                yield text


def _annotations(part: Part) -> Iterator[str]:
    for node in part.nodes:
        if isinstance(node, ast.arg) and node.annotation is not None:
            yield f"{node.arg}: {code_of(node.annotation)}"
        elif isinstance(node, ast.AnnAssign):
            yield f"{code_of(node.target)}: {code_of(node.annotation)}"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            yield f"{node.name}() -> {code_of(node.returns)}"


def _places(view: ChangeView, alike: Likeness) -> tuple[str, ...]:
    """Returns the outermost functions and methods whose code differs; "" is all other code."""
    if alike is not Likeness.NONE:
        return ()
    found: dict[str, None] = {}
    for part in view.parts:
        names = {id(node): name for name, node in part.side.functions.items()}
        inside: set[int] = set()
        for node in part.nodes:
            if id(node) in inside or isinstance(node, ast.Module | ast.Import | ast.ImportFrom):
                continue
            if id(node) in names:
                inside.update(id(inner) for inner in walked(node))
                found[names[id(node)].split("#", 1)[0]] = None
            elif isinstance(node, ast.stmt) and not isinstance(node, ast.ClassDef):
                inside.update(id(inner) for inner in walked(node))
                found[""] = None
    return tuple(found)


def _exits(old: Features, new: Features) -> Iterator[str]:
    """Yields what a function does now where it did something else to come to an end."""
    texts = [text for _, text in old.code], [text for _, text in new.code]
    matcher = SequenceMatcher(a=texts[0], b=texts[1], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "replace" and i2 - i1 == j2 - j1:
            for before, after in zip(old.code[i1:i2], new.code[j1:j2], strict=True):
                was, now = _exit(before[0]), _exit(after[0])
                if was and now and was != now:
                    yield f"{now[0]} where it {was[1]}"


def _exit(node: ast.stmt) -> tuple[str, str] | None:
    """Returns what a statement does to end a function, in the present and in the past."""
    if isinstance(node, ast.Return):
        value = _shown([code_of(node.value) or "nothing"])[0]
        return f"returns {value}", f"returned {value}"
    if isinstance(node, ast.Raise):
        what = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        name = _shown([code_of(what) or "again"])[0]
        return f"raises {name}", f"raised {name}"
    return None


def _turns_dynamic(old: Features, new: Features) -> bool:
    """Whether code is built, looked up by name or loaded where it was not, or not as before."""
    counts = [
        Counter(
            {
                text: count
                for text, count in side.counts.get(Aspect.CALLS, Counter[str]()).items()
                if text.rsplit(".", 1)[-1] in _DYNAMIC
            }
        )
        for side in (old, new)
    ]
    return counts[0] != counts[1]


def _rewritten(old: Features, new: Features) -> frozenset[int]:
    left = Counter(text for _, text in new.code)
    lines: set[int] = set()
    for node, text in old.code:
        if left[text]:
            left[text] -= 1
        else:
            lines.add(node.lineno)
    return frozenset(lines)
