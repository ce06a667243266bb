"""Answers and context for JavaScript and TypeScript, by brackets and lines alone."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Callable, Iterator

from playground.domain import javascript
from playground.domain.changes import split_lines
from playground.domain.javascript import Block, blocks, code_form
from playground.domain.regions import region_text
from playground.domain.script_pieces import Kind, comments, pieces
from playground.domain.tasks import Region

_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_FROM = re.compile(r"\bfrom\s*[\"']([^\"'\n]+)[\"']|\brequire\(\s*[\"']([^\"'\n]+)[\"']")
_TYPE_CHARS_MAX = 500
_VALUE_CHARS_MAX = 200
_ENDINGS = (".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs", ".d.ts", "/index.ts", "/index.js")


class NoRewrite(Exception):
    """The code is no rewrite of what was asked for; the message says why in one sentence."""


def top_level(text: str) -> list[Block]:
    """Returns the statements of the text that lie in no other one."""
    found: list[Block] = []
    for block in blocks(text):
        if not found or block.head_line > found[-1].end_line:
            found.append(block)
    return found


def rewritten_script(base: str, *, region: Region, code: str) -> str:
    """Returns the file's text with the region rewritten; imports on top move to the imports.

    Raises:
        NoRewrite: the code is not a rewrite of this region.
    """
    original = region_text(base, region)
    imports, body = _split_imports(code, keep=_is_import(original))
    if not body.strip():
        raise NoRewrite("The answer holds imports but not the code that was asked for.")
    body = _named_part(body, region)
    if not javascript.is_balanced(body) and javascript.is_balanced(original):
        raise NoRewrite("The answer's code does not close its brackets and quotes.")
    body = _shifted(body, like=original)
    body = _kept_words(original.replace("\r\n", "\n"), body)
    newline = _newline_of(base)
    body = body.rstrip("\n").replace("\n", newline)
    body += newline if original.endswith("\n") else ""
    lines = split_lines(base)
    text = "".join([*lines[: region.start_line - 1], body, *lines[region.end_line :]])
    return _with_imports(text, imports, newline)


def _newline_of(text: str) -> str:
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"


def _is_import(code: str) -> bool:
    found = top_level(code)
    return bool(found) and found[0].imports


def _split_imports(code: str, *, keep: bool) -> tuple[list[str], str]:
    lines = split_lines(code)
    imports: list[str] = []
    end = 0
    for block in () if keep else top_level(code):
        if not block.imports:
            break
        imports.append("".join(lines[block.head_line - 1 : block.end_line]).strip())
        end = block.end_line
    return imports, "".join(lines[end:]).lstrip("\n")


def _named_part(code: str, region: Region) -> str:
    """Returns the definition that the region names, when the answer wraps it in more."""
    name = region.name.rsplit(".", 1)[-1]
    if region.kind not in {"function", "class"} or not name:
        return code
    found = [b for b in blocks(code) if b.name.rsplit(".", 1)[-1] == name]
    if not found:
        raise NoRewrite(f"The answer does not define {name}.")
    return "".join(split_lines(code)[found[0].start_line - 1 : found[0].end_line])


def _indent(code: str) -> str:
    for line in split_lines(code):
        if line.strip():
            return line[: len(line) - len(line.lstrip())]
    return ""


def _inside_strings(code: str) -> set[int]:
    """Returns the lines, from 0, that begin inside of a template or a comment."""
    inside: set[int] = set()
    for piece in pieces(code):
        if piece.kind in {Kind.STRING, Kind.COMMENT} and "\n" in piece.text:
            first = code.count("\n", 0, piece.start)
            if piece.kind is Kind.STRING:
                inside.update(range(first + 1, first + 1 + piece.text.count("\n")))
    return inside


def _shifted(code: str, *, like: str) -> str:
    """Returns the code with the indentation of the original; templates stay as they are."""
    have, wanted = _indent(code), _indent(like)
    if have == wanted:
        return code
    inside = _inside_strings(code)
    out: list[str] = []
    for number, line in enumerate(split_lines(code)):
        if not line.strip() or number in inside:
            out.append(line)
        else:
            out.append(wanted + (line.removeprefix(have) if have else line))
    return "".join(out)


def _kept_words(old: str, new: str) -> str:
    """Keeps a person's lines and comments: what differs in layout alone is as it was.

    Comments that the model brought are taken out, and full-line comments that it lost between
    lines that stayed are put back.
    """
    before = split_lines(old)
    after = split_lines(_without_new_comments(new, {c.text for c in comments(old)}))
    matcher = difflib.SequenceMatcher(
        a=[line.strip() for line in before], b=[line.strip() for line in after], autojunk=False
    )
    out: list[str] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            out += before[i1:i2]
        else:
            if tag == "delete":
                out += [line for line in before[i1:i2] if _is_comment(line)]
            out += after[j1:j2]
    kept = "".join(out)
    return kept if code_form(kept) == code_form(new) else new


def _is_comment(line: str) -> bool:
    return line.strip().startswith(("//", "/*", "*"))


def _without_new_comments(code: str, known: set[str]) -> str:
    for comment in reversed(comments(code)):
        if comment.text in known:
            continue
        start, end = comment.start, comment.end
        line = code.rfind("\n", 0, start) + 1
        after = code.find("\n", end)
        after = len(code) if after < 0 else after
        if not code[line:start].strip() and not code[end:after].strip():
            start, end = line, min(len(code), after + 1)
        else:
            start = line + len(code[line:start].rstrip())
        code = code[:start] + code[end:]
    return code


def _with_imports(text: str, imports: list[str], newline: str) -> str:
    """Adds imports that the file does not have, after its last one."""
    have = [b for b in top_level(text) if b.imports]
    lines = split_lines(text)
    known = {code_form("".join(lines[b.head_line - 1 : b.end_line]).rstrip(";\r\n")) for b in have}
    wanted = [i for i in dict.fromkeys(imports) if code_form(i.rstrip(";")) not in known]
    if not wanted:
        return text
    place = max((b.end_line for b in have), default=1 if text.startswith("#!") else 0)
    added = [i.replace("\n", newline) + newline for i in wanted]
    if place == 0:
        added.append(newline)
    return "".join([*lines[:place], *added, *lines[place:]])


# ── requests ──────────────────────────────────────────────────────────────────────────────────


def merged_script(base: str, *, code: str) -> str:
    """Returns the base with the code's definitions put in place of those of the same name.

    New ones go to the end, imports to the imports. A class keeps the members that the code leaves
    out, so nothing is ever deleted by omission.

    Raises:
        NoRewrite: the code does not close its brackets.
    """
    if not javascript.is_balanced(code):
        raise NoRewrite("The answer's code does not close its brackets and quotes.")
    newline = _newline_of(base)
    lines = split_lines(code)
    imports: list[str] = []
    text = base
    for block in top_level(code):
        source = "".join(lines[block.start_line - 1 : block.end_line])
        if block.imports:
            imports.append(source.strip())
        else:
            text = _with_block(text, block, source.rstrip().replace("\n", newline) + newline)
    return _with_imports(text, imports, newline)


def _with_block(text: str, block: Block, source: str) -> str:
    lines = split_lines(text)
    newline = _newline_of(text)
    old = next((b for b in top_level(text) if block.name and b.name == block.name), None)
    if old is None:
        forms = {code_form("".join(lines[b.head_line - 1 : b.end_line])) for b in top_level(text)}
        known = code_form(source) in forms
        return text if known else text.rstrip() + newline * 2 + source
    was = "".join(lines[old.head_line - 1 : old.end_line])
    if block.kind == "class" and old.kind == "class":
        source = _with_members(source, was, block.name)
    if was.startswith("export ") and not re.search(r"^export ", source, re.MULTILINE):
        head = block.head_line - block.start_line
        own = split_lines(source)
        source = "".join([*own[:head], "export " + own[head], *own[head + 1 :]])
    start = old.start_line if block.start_line < block.head_line else old.head_line
    return "".join([*lines[: start - 1], source, *lines[old.end_line :]])


def _with_members(source: str, was: str, name: str) -> str:
    """Returns the new class with the members of the old one that it leaves out."""
    names = {b.name for b in blocks(source)}
    lines = split_lines(was)
    kept = [
        "".join(lines[b.start_line - 1 : b.end_line])
        for b in blocks(was)
        if b.name.startswith(f"{name}.") and b.name.count(".") == 1 and b.name not in names
    ]
    end = source.rstrip().rfind("}")
    if not kept or end < 0:
        return source
    newline = _newline_of(was)
    ended = [k if k.endswith("\n") else k + newline for k in kept]
    return source[:end].rstrip() + newline + "".join(newline + k for k in ended) + source[end:]


# ── context ───────────────────────────────────────────────────────────────────────────────────


def context_for_script(
    text: str, *, region: Region, reader: Callable[[str], str | None]
) -> Iterator[str]:
    """Yields what a repair of the region needs to see, most useful first.

    Imports that it uses, types, heads of functions and constants that it names, the head of its
    class, and the same of what it imports from the same repository.
    """
    words = set(_WORD.findall(region_text(text, region)))
    lines = split_lines(text)
    tops = [b for b in top_level(text) if not _overlaps(b, region)]
    for block in tops:
        source = "".join(lines[block.head_line - 1 : block.end_line]).strip()
        if block.imports and words & set(_WORD.findall(source)):
            yield source
    for block in top_level(text):
        if _overlaps(block, region) and block.kind == "class":
            yield _class_head(text, block, region)
    for block in tops:
        if block.name in words and not block.imports:
            yield _short(lines, block)
    yield from _imported(text, words, path=region.path, reader=reader)


def _overlaps(block: Block, region: Region) -> bool:
    return block.head_line <= region.end_line and region.start_line <= block.end_line


def _short(lines: list[str], block: Block) -> str:
    source = "".join(lines[block.head_line - 1 : block.end_line]).strip()
    if block.kind == "function":
        head = source[: source.find("{")].rstrip() if "{" in source else source
        return f"{head[:_TYPE_CHARS_MAX]} {{ … }}"
    most = _TYPE_CHARS_MAX if re.match(r"(?:export\s+)?(?:type|interface|enum)\b", source) else 0
    if block.kind == "class" and not most:
        return _class_head("".join(lines), block, None)
    return source[: most or _VALUE_CHARS_MAX]


def _class_head(text: str, block: Block, region: Region | None) -> str:
    """Returns the class's first line, its fields and the heads of its methods."""
    lines = split_lines(text)
    parts = [lines[block.head_line - 1].rstrip()]
    for member in blocks(text):
        inside = block.head_line < member.head_line and member.end_line <= block.end_line
        if not inside or member.name.count(".") != block.name.count(".") + 1:
            continue
        line = lines[member.head_line - 1].rstrip()
        if region is None or not _overlaps(member, region):
            parts.append(line[:-1] + "{ … }" if line.endswith("{") else line)
    return "\n".join(parts)[:_TYPE_CHARS_MAX]


def _imported(
    text: str, words: set[str], *, path: str, reader: Callable[[str], str | None]
) -> Iterator[str]:
    lines = split_lines(text)
    for block in top_level(text):
        source = "".join(lines[block.head_line - 1 : block.end_line])
        match = _FROM.search(source) if block.imports else None
        wanted = words & set(_WORD.findall(source))
        name = (match[1] or match[2]) if match else ""
        if not name.startswith(".") or not wanted:
            continue
        other = _read(name, path, reader)
        if other:
            others = split_lines(other)
            for found in top_level(other):
                if found.name in wanted and not found.imports:
                    yield _short(others, found)


def _read(name: str, path: str, reader: Callable[[str], str | None]) -> str | None:
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    if target.startswith(".."):
        return None
    stem = re.sub(r"\.[mc]?jsx?\Z", "", target)
    for candidate in dict.fromkeys((target, *(stem + ending for ending in _ENDINGS))):
        if javascript.is_script(candidate):
            text = reader(candidate)
            if text is not None:
                return text
    return None
