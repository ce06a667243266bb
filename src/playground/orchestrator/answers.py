"""Reading a model's answer as a change. What cannot be read is a defect in words, not an error."""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playground.domain.changes import split_lines
from playground.domain.javascript import is_script
from playground.domain.regions import first_line, last_line, region_text
from playground.domain.syntax import parse
from playground.domain.tasks import Region
from playground.orchestrator.edits.blocks import (
    BadEdit,
    Edit,
    aligned,
    applied,
    edits_in,
    has_edits,
)
from playground.orchestrator.edits.sections import fenced, sections_in
from playground.orchestrator.elisions import without_outlines
from playground.orchestrator.empty_blocks import filled
from playground.orchestrator.grafting import grafted
from playground.orchestrator.missing import missing_imports
from playground.orchestrator.scripts import NoRewrite, merged_script, rewritten_script

_OPEN_FENCE = re.compile(r"^`{3,}[^\n`]*\n", re.MULTILINE)

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Unreadable(Exception):
    """The answer is no change; the message says why in one sentence."""


def code_in(answer: str) -> str:
    """Returns the code of an answer: its first fenced block, or all of it when there is none.

    Raises:
        Unreadable: there is no code.
    """
    text = answer.replace("\r\n", "\n")
    code = fenced(text)
    if code is None:
        opened = _OPEN_FENCE.search(text)
        code = text[opened.end() :] if opened else text
    code = re.sub(r"\n`{3,}[ \t]*\Z", "\n", code.rstrip()).strip("\n")
    if not code.strip():
        raise Unreadable("The answer holds no code.")
    return filled(code + "\n")


@dataclass(frozen=True, slots=True)
class _Parts:
    imports: tuple[str, ...]
    body: str


def rewritten(base: str, *, region: Region, answer: str) -> str:
    """Returns the file's text with the region rewritten as the answer says.

    Import statements that the answer puts before the code move to the file's imports.

    Raises:
        Unreadable: the answer is not a rewrite of this region.
    """
    code = code_in(answer)
    if is_script(region.path):
        return _script(lambda: rewritten_script(base, region=region, code=code))
    original = region_text(base, region)
    parts = _split_imports(code, keep=_starts_with_import(original))
    body = _named_part(parts.body, region)
    if not body.strip():
        raise Unreadable("The answer holds imports but not the code that was asked for.")
    if parse(textwrap.dedent(body)) is None and parse(textwrap.dedent(original)) is not None:
        raise Unreadable("The answer's code is not valid Python.")
    body = _shifted(body, by=_indent(original) - _indent(body), like=original)
    body = grafted(original.replace("\r\n", "\n"), new=body)
    body = _ended_like(body, original)
    lines = split_lines(base)
    before, after = lines[: region.start_line - 1], lines[region.end_line :]
    text = "".join([*before, body, *after])
    newline = newline_of(base)
    text = with_imports(text, imports=parts.imports, newline=newline)
    return with_imports(text, imports=missing_imports(base, after=text), newline=newline)


def _script(rewrite: Callable[[], str]) -> str:
    try:
        return rewrite()
    except NoRewrite as error:
        raise Unreadable(str(error)) from error


def newline_of(text: str) -> str:
    """Returns CRLF when the text's first line ends so, else LF."""
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"


def _ended_like(body: str, original: str) -> str:
    newline = newline_of(original)
    body = body.rstrip("\n").replace("\n", newline)
    return body + newline if original.endswith("\n") else body


def _starts_with_import(code: str) -> bool:
    return bool(re.match(r"\s*(import|from)\s", code))


def _split_imports(code: str, *, keep: bool) -> _Parts:
    """Takes whole import statements off the top of the code."""
    tree = parse(textwrap.dedent(code))
    if keep or tree is None:
        return _Parts((), code)
    lines = split_lines(code)
    imports: list[str] = []
    end = 0
    for node in tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            break
        imports.append(textwrap.dedent("".join(lines[node.lineno - 1 : last_line(node)])).strip())
        end = last_line(node)
    return _Parts(tuple(imports), "".join(lines[end:]).lstrip("\n"))


def _named_part(code: str, region: Region) -> str:
    """Returns the definition that the region names, when the answer wraps it in more.

    Raises:
        Unreadable: the region is a function or class and the answer does not define it.
    """
    if region.kind not in {"function", "class"}:
        return code
    name = region.name.rsplit(".", 1)[-1]
    dedented = textwrap.dedent(code)
    tree = parse(dedented)
    if tree is None:
        return code
    found = [n for n in ast.walk(tree) if isinstance(n, _Definition) and n.name == name]
    if not found:
        raise Unreadable(f"The answer does not define {name}.")
    node = found[0]
    lines = split_lines(dedented)
    start = first_line(node) - 1
    while start > 0 and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return "".join(lines[start : last_line(node)])


def _indent(code: str) -> int:
    for line in split_lines(code):
        if line.strip():
            return len(line) - len(line.lstrip(" "))
    return 0


def _shifted(code: str, *, by: int, like: str) -> str:
    """Shifts code by blanks; lines inside strings stay unless the original has them shifted."""
    if by == 0:
        return code
    inside = _string_lines(textwrap.dedent(code))
    known = set(split_lines(like.replace("\r\n", "\n")))
    out: list[str] = []
    for number, line in enumerate(split_lines(code), start=1):
        blanks = len(line) - len(line.lstrip(" "))
        moved = " " * by + line if by > 0 else line[min(-by, blanks) :]
        stays = not line.strip() or (number in inside and moved not in known)
        out.append(line if stays else moved)
    return "".join(out)


def _string_lines(code: str) -> set[int]:
    """Returns the lines on which a multi-line string goes on."""
    inside: set[int] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.end[0] > token.start[0] and token.string.strip():
                inside.update(range(token.start[0] + 1, token.end[0] + 1))
    except (tokenize.TokenError, SyntaxError):
        return inside
    return inside


def with_imports(text: str, *, imports: tuple[str, ...], newline: str = "\n") -> str:
    """Returns the text with import statements added that it does not have at module level."""
    tree = parse(text)
    if tree is None or not imports:
        return text
    have = {ast.dump(n) for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)}
    wanted: list[str] = []
    for statement in imports:
        node = parse(statement)
        if node and node.body and ast.dump(node.body[0]) not in have and statement not in wanted:
            wanted.append(statement)
    if not wanted:
        return text
    lines = split_lines(text)
    place, future = _import_places(tree)
    added = [s.replace("\n", newline) + newline for s in wanted if "__future__" not in s]
    early = [s + newline for s in wanted if "__future__" in s]
    if place == 0 and lines and lines[0].strip():
        added = [*added, newline] if added else added
    return "".join([*lines[:future], *early, *lines[future:place], *added, *lines[place:]])


def _import_places(tree: ast.Module) -> tuple[int, int]:
    """Returns after how many lines imports go: the usual ones, and those from __future__."""
    place = 0
    future = 0
    for index, node in enumerate(tree.body):
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if is_future or (index == 0 and _is_docstring(node)):
            place = future = last_line(node)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            place = last_line(node)
        else:
            break
    return place, future


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def files_in(answer: str, *, bases: Mapping[str, str | None], may_create: bool) -> dict[str, str]:
    """Returns the new text of every file that an answer to a request changes or makes.

    A section holds edits, or a block of code: whole definitions of a file that exists, all of a
    new one.

    Args:
        answer: sections that begin with `FILE: path`, or one of them when one file is in scope.
        bases: path to text, None for a file that does not exist yet.
        may_create: whether paths that are not in `bases` may appear.

    Raises:
        Unreadable: the answer cannot be read so.
    """
    sections = _sections(answer, bases)
    result: dict[str, str] = {}
    edits: dict[str, list[Edit]] = {}
    for path, section in sections:
        if path not in bases and not may_create:
            raise Unreadable(f"The answer changes {path}, which is not in scope.")
        if has_edits(section):
            edits.setdefault(path, []).extend(_edits(section))
    for path, wanted in edits.items():
        result[path] = _edited(bases.get(path) or "", wanted, path=path)
    for path, section in sections:
        if not has_edits(section):
            base = result.get(path, bases.get(path))
            code = code_in(section)
            result[path] = code if not base else _merged(path, base, code)
    return result


def _edits(section: str) -> list[Edit]:
    try:
        return edits_in(section)
    except BadEdit as error:
        raise Unreadable(str(error)) from error


def _edited(base: str, edits: list[Edit], *, path: str) -> str:
    """Applies edits; in the column of the old lines where a lost space would leave no Python."""
    try:
        after = applied(base, edits, path=path)
        if is_script(path) or parse(after) is not None or parse(base) is None:
            return after
        other = applied(base, [aligned(edit) for edit in edits], path=path)
    except BadEdit as error:
        raise Unreadable(str(error)) from error
    return after if parse(other) is None else other


def _merged(path: str, base: str, code: str) -> str:
    if is_script(path):
        return _script(lambda: merged_script(base, code=code))
    return merged(base, code=code)


def _sections(answer: str, bases: Mapping[str, str | None]) -> list[tuple[str, str]]:
    sections = sections_in(answer.replace("\r\n", "\n"), paths=bases)
    if not sections and len(bases) != 1:
        raise Unreadable("The answer does not say which file it is for.")
    return sections or [(next(iter(bases)), answer)]


def merged(base: str, *, code: str) -> str:
    """Returns the base with the code's definitions put in place of those of the same name.

    New definitions go to the end, imports to the imports. A class keeps the methods that the
    code leaves out, and what the code only outlines stays as it is, so nothing is ever deleted by
    omission.

    Raises:
        Unreadable: the code or the base cannot be parsed.
    """
    code = without_outlines(code, base=base)
    new, old = parse(code), parse(base)
    if new is None:
        raise Unreadable("The answer's code cannot be parsed.")
    if old is None:
        raise Unreadable("The file cannot be parsed, so an answer cannot be merged into it.")
    newline = newline_of(base)
    lines = split_lines(code)
    imports: list[str] = []
    text = base
    for node in new.body:
        snippet = "".join(lines[first_line(node) - 1 : last_line(node)])
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(snippet.strip())
        elif isinstance(node, _Definition):
            text = _with_definition(text, node, snippet.replace("\n", newline))
        elif not _has_statement(text, node):
            text = _with_statement(text, node, snippet.replace("\n", newline))
    return with_imports(text, imports=tuple(imports), newline=newline)


def _with_definition(text: str, node: _Definition, snippet: str) -> str:
    tree = parse(text)
    body = tree.body if tree else []
    old = next((n for n in body if isinstance(n, _Definition) and n.name == node.name), None)
    newline = newline_of(text)
    if old is None:
        return text.rstrip() + newline * 3 + snippet.rstrip() + newline
    if isinstance(old, ast.ClassDef) and isinstance(node, ast.ClassDef):
        snippet = snippet.rstrip() + newline + "".join(_kept_methods(text, old, node))
    lines = split_lines(text)
    ended = snippet if snippet.endswith("\n") else snippet + newline
    return "".join([*lines[: first_line(old) - 1], ended, *lines[last_line(old) :]])


def _kept_methods(text: str, old: ast.ClassDef, new: ast.ClassDef) -> list[str]:
    """Returns the old class's methods that the new one does not define, each after a blank line."""
    names = {n.name for n in new.body if isinstance(n, _Definition)}
    lines = split_lines(text)
    return [
        newline_of(text) + "".join(lines[first_line(n) - 1 : last_line(n)])
        for n in old.body
        if isinstance(n, _Definition) and n.name not in names
    ]


def _has_statement(text: str, node: ast.stmt) -> bool:
    tree = parse(text)
    return tree is not None and ast.dump(node) in {ast.dump(n) for n in tree.body}


def _with_statement(text: str, node: ast.stmt, snippet: str) -> str:
    """Replaces the assignment of the same names, or puts the statement after the imports."""
    tree = parse(text)
    if tree is None:
        return text
    names = _assigned(node)
    lines = split_lines(text)
    for old in tree.body:
        if names and _assigned(old) == names:
            return "".join([*lines[: old.lineno - 1], snippet, *lines[last_line(old) :]])
    if isinstance(node, ast.Expr | ast.If):
        return text
    place = max(_import_places(tree))
    newline = newline_of(text)
    return "".join([*lines[:place], newline, snippet.rstrip() + newline, *lines[place:]])


def _assigned(node: ast.stmt) -> frozenset[str]:
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    return frozenset(t.id for t in targets if isinstance(t, ast.Name))
