"""Where a change may be: inside its region, plus imports, and nowhere else."""

from __future__ import annotations

import ast
import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from playground.analyzers.gate.cheats.syntax import bound_names
from playground.analyzers.gate.surroundings import acting_beside
from playground.analyzers.gate.view import ChangeView, Definition, side_of
from playground.domain import javascript
from playground.domain.aligning import opcodes
from playground.domain.candidates import Candidate
from playground.domain.changes import FileChange, split_lines
from playground.domain.findings import Finding, ToolFix
from playground.domain.regions import first_line, last_line
from playground.domain.script_pieces import comments
from playground.domain.tasks import Region, Source, Task
from playground.domain.verdicts import Objection
from playground.security.suppressions import is_script_suppression, is_suppression

_CODE_OUTSIDE = "outside-region"
_CODE_COMMENTS = "comments-lost"
_REWORDED_MIN = 0.6
_REPLACING_MODULES = (
    "S3", "S4", "S5", "F4", "F8", "PLW0406", "reportMissing", "reportPrivate", "reportAttribute",
)  # fmt: skip
"""Beginnings of rules whose repair may import something else by a name that others use, too."""
_ABOUT_REFERENCES = "@typescript-eslint/triple-slash-reference"
_REFERENCE = re.compile(r"///\s*<reference\s")
_MISSING_MEMBERS = {"PLW1641": "__hash__"}


@dataclass(frozen=True, slots=True)
class _Rewrite:
    """Lines `start` to `end` (from 0, exclusive) of the base become `after`."""

    start: int
    end: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    after_start: int


def objections(task: Task, *, candidate: Candidate, bases: Mapping[str, str]) -> list[Objection]:
    """Returns what the candidate changes where it may not, and comments that it loses.

    Outside `task.region` only whole import statements at module level, or in an
    `if TYPE_CHECKING:` block there, may come and go, and blank lines beside them. The analyzer's
    own fix may also change the lines of its own edits. A person may change anything in the task's
    files, and so may every source of a task without a region. What is new beside a function that
    may be rewritten must not act on its own there.

    Args:
        task: says which lines may change.
        candidate: a candidate that passed the door `vet`.
        bases: texts of the existing files by path.
    """
    if candidate.provenance.source is Source.PERSON:
        return []
    found: list[Objection] = []
    for change in candidate.patch.files:
        before = bases.get(change.path)
        if before is None:
            continue
        after = change.applied_to(before)
        if task.region is not None:
            source = candidate.provenance.source
            outside = list(_outside(change, task=task, source=source, before=before))
            if not outside and source is not Source.TOOL:
                outside += _acting(change.path, before, after, task=task)
            found += outside
        found += _comments(change.path, before, after, task=task)
        found += _docstrings(change.path, before, after, task=task)
    return found


def _outside(change: FileChange, *, task: Task, source: Source, before: str) -> Iterator[Objection]:
    region, finding = task.region, task.finding
    by_tool = source is Source.TOOL and finding is not None and finding.path == change.path
    fix = finding.fix if finding is not None and by_tool else None
    allowed = _allowed_lines(change.path, region, fix, lines=split_lines(before))
    after = change.applied_to(before)
    import_lines = (
        _import_lines(change.path, before),
        _import_lines(change.path, after) | _asked_members(change.path, after, finding),
    )
    for rewrite in _rewrites(before, after):
        for part in _outside_parts(rewrite, allowed):
            if not _only_imports(part, import_lines):
                name = region.name if region and region.name else "its lines"
                where = f"{change.path}:{part.start + 1}"
                yield Objection(
                    _CODE_OUTSIDE, f"{where} lies outside {name}; change nothing there."
                )
                return


def _acting(path: str, before: str, after: str, *, task: Task) -> Iterator[Objection]:
    region = task.region
    if region is None or region.path != path or not region.name or not _is_python(path):
        return
    view, rule = ChangeView(path, before, after), task.finding.rule if task.finding else ""
    replaces = not rule or rule.startswith(_REPLACING_MODULES)
    node = acting_beside(view, symbol=region.name, replaces=replaces)
    if node is not None:
        where = f"{path}:{first_line(node)}"
        message = f"{where} is new beside {region.name} and acts on its own; keep to {region.name}."
        yield Objection(_CODE_OUTSIDE, message)


def _docstrings(path: str, before: str, after: str, *, task: Task) -> Iterator[Objection]:
    """What documents a function, class or module stays, unless the rule is about just that."""
    if not _is_python(path) or (task.finding is not None and task.finding.rule.startswith("D")):
        return
    old, new = side_of(before), side_of(after)
    if old.tree is None or new.tree is None:
        return
    pairs: list[tuple[str, ast.Module | Definition, ast.Module | Definition]] = [
        ("the module", old.tree, new.tree),
        *((n, d, new.definitions[n]) for n, d in old.definitions.items() if n in new.definitions),
    ]
    for name, was, now in pairs:
        if ast.get_docstring(was, clean=False) and not ast.get_docstring(now, clean=False):
            yield Objection(_CODE_COMMENTS, f"{path} lost the docstring of {name}; keep it.")
            return


def _is_python(path: str) -> bool:
    return path.lower().endswith((".py", ".pyi"))


def _allowed_lines(
    path: str, region: Region | None, fix: ToolFix | None, *, lines: list[str]
) -> list[tuple[int, int]]:
    """Returns line ranges from 0, end exclusive, that may change freely.

    Blank lines around a Python function count as its own, because what a change puts behind them
    can be aligned before or after them; whether that may be there is judged by its syntax.
    """
    allowed: list[tuple[int, int]] = []
    if region is not None and region.path == path:
        start, end = region.start_line - 1, region.end_line
        if _is_python(path) and region.name:
            while start > 0 and not lines[start - 1].strip():
                start -= 1
            while end < len(lines) and not lines[end].strip():
                end += 1
        allowed.append((start, end))
    edits = fix.edits if fix else ()
    return allowed + [(edit.span.start_line - 1, edit.span.end_line) for edit in edits]


def _rewrites(before: str, after: str) -> list[_Rewrite]:
    old, new = split_lines(before), split_lines(after)
    return [
        _Rewrite(i1, i2, tuple(old[i1:i2]), tuple(new[j1:j2]), j1)
        for tag, i1, i2, j1, j2 in opcodes(old, new)
        if tag != "equal"
    ]


def _outside_parts(rewrite: _Rewrite, allowed: list[tuple[int, int]]) -> list[_Rewrite]:
    """Returns the part of a rewrite before and after the allowed lines, or all of it.

    A difference may run across the region's edge, because equal lines there can be aligned in
    more than one way; then only what is outside counts, and new lines belong to the region.
    """
    found: list[list[_Rewrite]] = []
    for start, end in allowed:
        if rewrite.end >= start and rewrite.start <= end:
            parts: list[_Rewrite] = []
            if rewrite.start < start:
                lost = rewrite.before[: start - rewrite.start]
                parts.append(_Rewrite(rewrite.start, start, lost, (), rewrite.after_start))
            if rewrite.end > end:
                lost = rewrite.before[end - rewrite.start :]
                parts.append(_Rewrite(end, rewrite.end, lost, (), rewrite.after_start))
            found.append(parts)
    return min(found, key=len, default=[rewrite])


def _only_imports(part: _Rewrite, lines: tuple[set[int], set[int]]) -> bool:
    """Whether all lines of a rewrite are lines of whole import statements, or blank."""
    old, new = lines
    gone = range(part.start, part.start + len(part.before))
    come = range(part.after_start, part.after_start + len(part.after))
    return all(
        not text.strip() or number in old for number, text in zip(gone, part.before, strict=True)
    ) and all(
        not text.strip() or number in new for number, text in zip(come, part.after, strict=True)
    )


def _import_lines(path: str, text: str) -> set[int]:
    """Returns the lines, from 0, that hold nothing but module-level imports."""
    if javascript.is_script(path):
        return _script_import_lines(text)
    side = side_of(text)
    if side.tree is None:
        return set()
    lines: Counter[int] = Counter()
    others: set[int] = set()
    for statement in _top_level(side.tree):
        numbers = range(first_line(statement) - 1, last_line(statement))
        if isinstance(statement, ast.Import | ast.ImportFrom):
            lines.update(numbers)
        else:
            others.update(numbers)
    return set(lines) - others


def _asked_members(path: str, text: str, finding: Finding | None) -> set[int]:
    """Returns the lines, from 0, of the member that a finding says its class has not.

    A class may be longer than its region, and where in it the member stands is nothing to ask for.
    """
    name = _MISSING_MEMBERS.get(finding.rule, "") if finding is not None else ""
    owner = side_of(text).classes.get(finding.symbol) if finding and finding.path == path else None
    return {
        line
        for statement in (owner.body if owner is not None and name else ())
        if isinstance(statement, ast.FunctionDef | ast.Assign | ast.AnnAssign)
        and name in bound_names([statement, *ast.iter_child_nodes(statement)])
        for line in range(first_line(statement) - 1, last_line(statement))
    }


def _script_import_lines(text: str) -> set[int]:
    lines: set[int] = set()
    others: set[int] = set()
    for block in javascript.blocks(text):
        (lines if block.imports else others).update(range(block.head_line - 1, block.end_line))
    return lines - others


def _top_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yields the module's statements, those of `if TYPE_CHECKING:` in place of the block."""
    for statement in tree.body:
        if (
            isinstance(statement, ast.If)
            and ast.dump(statement.test).count("'TYPE_CHECKING'") == 1
            and isinstance(statement.test, ast.Name | ast.Attribute)
            and not statement.orelse
        ):
            yield from statement.body
        else:
            yield statement


def _comments(path: str, before: str, after: str, *, task: Task) -> Iterator[Objection]:
    """A comment may go with the line of code it ends; one that has lines of its own may not.

    Suppressions may go, and a comment may be put into other words. Where a rule is about a comment
    that names another file, that one goes.
    """
    if javascript.is_script(path):
        found = _script_comments(before, alone=True), _script_comments(after, alone=False)
        if task.finding is not None and task.finding.rule == _ABOUT_REFERENCES:
            kept = {c: n for c, n in found[0].items() if not _REFERENCE.match(c)}
            found = Counter(kept), found[1]
    elif _is_python(path):
        told = (c.text.strip() for c in side_of(before).comments if c.alone and _tells(c.text))
        found = Counter(told), Counter(c.text.strip() for c in side_of(after).comments)
    else:
        return
    lost, reworded = found[0] - found[1], list(found[1] - found[0])
    for comment in sorted(lost):
        if not difflib.get_close_matches(comment, reworded, n=1, cutoff=_REWORDED_MIN):
            yield Objection(_CODE_COMMENTS, f"{path} lost the comment {comment[:60]!r}; keep it.")
            return


@lru_cache(maxsize=4)  # the text before is the same for each candidate
def _script_comments(text: str, *, alone: bool) -> Counter[str]:
    found: Counter[str] = Counter()
    for comment in comments(text):
        told = any(character.isalpha() for character in comment.text)
        before = text[text.rfind("\n", 0, comment.start) + 1 : comment.start]
        if told and not is_script_suppression(comment.text) and not (alone and before.strip()):
            found[" ".join(comment.text.split())] += 1
    return found


def _tells(comment: str) -> bool:
    return any(character.isalpha() for character in comment) and not is_suppression(comment)
