"""Built-in recipes over the standard library's own files, with findings made up and found."""

from __future__ import annotations

import ast
import importlib.util
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict

import pytest

from playground.domain.findings import Finding, Severity, Span
from playground.domain.repairs import REPAIRS, Repair, repaired, repairs_for
from playground.domain.repairs.source import FUNCTIONS, Source, comments_in, edited
from playground.domain.syntax import parse

FEW = ("textwrap",)
MANY = (
    "argparse", "ast", "bdb", "calendar", "cgitb", "cmd", "code", "codecs", "configparser",
    "copy", "csv", "dataclasses", "difflib", "dis", "doctest", "enum", "fileinput", "fractions",
    "ftplib", "functools", "gettext", "heapq", "imaplib", "inspect", "ipaddress", "locale",
    "mailbox", "mimetypes", "netrc", "optparse", "pdb", "pickle", "pickletools", "plistlib",
    "poplib", "pstats", "pydoc", "shelve", "shutil", "smtplib", "socketserver", "statistics",
    "string", "tarfile", "tempfile", "timeit", "trace", "traceback", "turtle", "typing", "uuid",
    "warnings", "weakref", "zipfile",
)  # fmt: skip
PLACES = 9
"""Places of one file that a recipe is pointed at."""

SAID = {
    "F405": "`{0}` may be undefined, or defined from star imports",
    "PLW0602": "Using global for `{0}` but no assignment is done",
    "reportAssignmentType": 'Type "list[int]" is not assignable to declared type "str"',
    "reportArgumentType": (
        'Argument of type "str | None" cannot be assigned to parameter "obj" of type "Sized" in '
        'function "len" Type "str | None" is not assignable to type "Sized" "None" is '
        'incompatible with protocol "Sized"'
    ),
    "reportGeneralTypeIssues": '"None" is not iterable "__iter__" method not defined',
    "reportInvalidTypeVarUse": 'TypeVar "T" appears only once Use "Sized" instead',
    "reportOperatorIssue": (
        'Operator "+" not supported for types "str | None" and "str" '
        'Operator "+" not supported for types "None" and "str"'
    ),
    "reportReturnType": 'Type "str | None" is not assignable to return type "str"',
}
_Node = ast.expr | ast.stmt | ast.excepthandler | ast.arg


class _Found(TypedDict):
    """What ruff tells of a finding."""

    code: str
    message: str
    location: dict[str, int]
    end_location: dict[str, int]
    fix: object


def files(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yields the name and text of modules of plain characters that this Python has."""
    for name in names:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None and spec.origin.endswith(".py"):
            text = Path(spec.origin).read_text("utf-8")
            if text.isascii():
                yield name, text


def finding_at(repair: Repair, node: _Node) -> Finding:
    """Returns a finding as if the rule's analyzer pointed at this node."""
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    span = Span(node.lineno, node.col_offset + 1, end_line, end_column + 1)
    name = getattr(node, "id", "name")
    message = SAID.get(repair.rule, repair.rule).format(name)
    return Finding(repair.tool, repair.rule, message, "code.py", span, Severity.ERROR, "", "")


def wrong_with(before: str, after: str | None, *, finding: Finding) -> list[str]:
    """Returns what a recipe did beside its work."""
    tree = parse(after) if after is not None else None
    if after is None or tree is None:
        return ["it does not parse"]
    wrong = ["comments"] if comments_in(after) != comments_in(before) else []
    old = [s for s in ast.parse(before).body if not _holds(s, finding.span)]
    left = Counter(ast.dump(s) for s in old) - Counter(ast.dump(s) for s in tree.body)
    return [*wrong, *(["other statements"] if left else [])]


def _holds(statement: ast.stmt, span: Span) -> bool:
    first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))])
    return first <= span.start_line <= (statement.end_lineno or statement.lineno)


def pointed_at(name: str, text: str, *, places: int) -> tuple[int, list[str]]:
    """Points every recipe at places of a file; returns how often it fitted, and what was wrong."""
    source = Source.of(text)
    assert source is not None
    nodes = [n for n in ast.walk(source.tree) if isinstance(n, _Node)]
    heads = [n for n in nodes if not isinstance(n, (*FUNCTIONS, ast.Constant))]
    rng = random.Random(name)
    fitted, wrong = 0, list[str]()
    for repair in REPAIRS:
        for node in rng.sample(heads, min(places, len(heads))):
            finding = finding_at(repair, node)
            edits = repair.transform(source, finding)
            if not edits or repair.drops_comments:
                continue
            result = repaired(repair, text, finding=finding)
            if result is None:
                continue  # it would not parse, or lose a comment: nothing comes of it
            assert result == edited(text, edits)
            fitted += 1
            told = f"{name}:{node.lineno} {repair.rule}"
            wrong += [f"{told}: {one}" for one in wrong_with(text, result, finding=finding)]
    return fitted, wrong


def test_wherever_they_are_pointed_at_only_that_statement_changes() -> None:
    fitted = 0
    for name, text in files(FEW):
        count, wrong = pointed_at(name, text, places=PLACES)
        fitted += count
        assert wrong == []
    assert fitted > 5


@pytest.mark.slow
def test_in_many_files_only_that_statement_changes() -> None:
    fitted = 0
    for name, text in files(MANY[::9]):
        count, wrong = pointed_at(name, text, places=PLACES // 2)
        fitted += count
        assert wrong == []
    assert fitted > 20


def ruff(text: str) -> list[_Found]:
    """Returns what ruff finds of the rules that have a recipe."""
    rules = ",".join(sorted({r.rule for r in REPAIRS if r.tool == "ruff"}))
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--preview", "--no-cache"]
    command += ["--select", rules, "--output-format", "json", "--stdin-filename", "code.py", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    found: list[_Found] = json.loads(done.stdout)
    return found


def as_finding(one: _Found) -> Finding:
    start, end = one["location"], one["end_location"]
    span = Span(start["row"], start["column"], end["row"], end["column"])
    what = ("ruff", one["code"], one["message"], "code.py")
    return Finding(*what, span, Severity.ERROR, "", "")


@pytest.mark.slow
def test_what_ruff_finds_in_real_files_is_gone_and_nothing_new_comes() -> None:
    tried: Counter[str] = Counter()
    wrong: list[str] = []
    for name, text in files(MANY):
        before = ruff(text)
        counts = Counter(one["code"] for one in before)
        for one in before:
            (repair,) = repairs_for(tool="ruff", rule=one["code"])
            finding = as_finding(one)
            if repair.drops_comments or tried[repair.rule] >= 3:
                continue
            result = repaired(repair, text, finding=finding)
            if result is None:
                continue
            tried[repair.rule] += 1
            told = f"{name}:{finding.span.start_line} {repair.rule}"
            wrong += [f"{told}: {one}" for one in wrong_with(text, result, finding=finding)]
            after = Counter(one["code"] for one in ruff(result))
            wrong += [f"{told}: still there"] if after[repair.rule] >= counts[repair.rule] else []
            wrong += [f"{told}: new {rule}" for rule in after - counts]
    assert wrong == []
    assert len(tried) > 10
