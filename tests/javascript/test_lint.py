"""ESLint on the real worker: rules, fixes, places, and silence that is none."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

import pytest
from script_world import linting, mirrored, rules_at

from playground.analyzers.eslint import EslintAnalyzer
from playground.analyzers.profile import Selection, Wanted
from playground.domain.changes import split_lines
from playground.domain.findings import Finding, TextEdit
from playground.domain.ports import Mirror
from playground.domain.verdicts import CheckStatus

# One worker starts what the tests of this file share.
pytestmark = pytest.mark.xdist_group("eslint")


@pytest.fixture(scope="module", name="base")
def _base(tmp_path_factory: pytest.TempPathFactory) -> Generator[Mirror]:
    with mirrored(tmp_path_factory.mktemp("base"), {"z.js": "export {};\n"}) as mirror:
        yield mirror


@pytest.fixture(scope="module", name="eslint")
def _eslint(tmp_path_factory: pytest.TempPathFactory) -> Generator[EslintAnalyzer]:
    with linting(tmp_path_factory.mktemp("eslint")) as analyzer:
        yield analyzer


def _findings(eslint: EslintAnalyzer, base: Mirror, files: dict[str, str]) -> tuple[Finding, ...]:
    check = eslint.check(base.over(files), paths=[*files])
    assert (check.status, check.detail) == (CheckStatus.OK, "")
    return check.findings


def _applied(text: str, edit: TextEdit) -> str:
    lines = split_lines(text)

    def offset(line: int, column: int) -> int:
        return sum(map(len, lines[: line - 1])) + column - 1

    span = edit.span
    start, end = offset(span.start_line, span.start_column), offset(span.end_line, span.end_column)
    return text[:start] + edit.content + text[end:]


def test_each_kind_of_file_gets_the_rules_for_it(eslint: EslintAnalyzer, base: Mirror) -> None:
    files = {
        "a.js": "export function f(x) { while (x = f()) x.y = missing; }\n",
        "b.ts": "export function f(x: any) { return missing(x); }\nconst y = 1;\n",
        "c.cjs": "const y = 1;\nif (y) return;\n",
        "d.tsx": "export const d = (x: {}) => <div>{String(x)}</div>;\n",
        "e.d.ts": "export interface E { x: any }\ndeclare var unused: number;\n",
        "f.jsx": "export const f = () => <div>{debug}</div>;\n",
        "[slug].js": "debugger;\n",
    }
    assert rules_at(_findings(eslint, base, files)) == {
        ("a.js", "no-cond-assign"),
        ("a.js", "no-undef"),
        ("b.ts", "@typescript-eslint/no-explicit-any"),
        ("b.ts", "@typescript-eslint/no-unused-vars"),
        ("d.tsx", "@typescript-eslint/no-empty-object-type"),
        ("e.d.ts", "@typescript-eslint/no-explicit-any"),
        ("f.jsx", "no-undef"),
        ("[slug].js", "no-debugger"),
    }


def test_nothing_in_a_file_silences_or_configures(eslint: EslintAnalyzer, base: Mirror) -> None:
    files = {
        "a.js": "/* eslint-disable */\ndebugger;\n",
        "b.js": "debugger; // eslint-disable-line\n",
        "c.js": "/* eslint no-debugger: off */\n// eslint-disable-next-line\ndebugger;\n",
        "d.js": "/* global missing */\nmissing();\n",
        "e.js": "/* eslint no-console: error */\nconsole.log(1);\n",
        "f.js": "/* exported f */ /* eslint-env jquery */\njQuery();\n",
    }
    assert rules_at(_findings(eslint, base, files)) == {
        ("a.js", "no-debugger"),
        ("b.js", "no-debugger"),
        ("c.js", "no-debugger"),
        ("d.js", "no-undef"),
        ("f.js", "no-undef"),
    }


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("above", ["", "// 😀 é\u2028", "/* a\rb */ "])
def test_places_and_fixes_fit_the_text_whatever_it_holds(
    eslint: EslintAnalyzer, base: Mirror, end: str, mark: str, above: str
) -> None:
    line = "/* 😀é */ if (!!x) { let q = x; f(q); }"
    text = f"{mark}{above}{end}export function g(x, f) {{{end}{line}{end}}}{end}"
    found = {f.rule: f for f in _findings(eslint, base, {"a.js": text})}
    assert set(found) - {"no-irregular-whitespace"} == {"no-extra-boolean-cast", "prefer-const"}
    for rule, at in {"no-extra-boolean-cast": "!!x", "prefer-const": "q = x"}.items():
        finding = found[rule]
        shown = text.split("\n")[finding.span.start_line - 1]
        assert shown[finding.span.start_column - 1 :].startswith(at)
        assert (finding.line_text, finding.symbol) == (line, "g")
        assert finding.fix is not None
        assert finding.fix.applicability == "safe"
    fixes = [found[rule].fix for rule in ("prefer-const", "no-extra-boolean-cast")]
    for fix in fixes:
        assert fix is not None
        text = _applied(text, fix.edits[0])
    assert text.split("\n")[-3].rstrip("\r") == "/* 😀é */ if (x) { const q = x; f(q); }"


def test_suggestions_are_unsafe_and_those_that_hide_are_left_out(
    eslint: EslintAnalyzer, base: Mirror
) -> None:
    text = "export function f(x) {\n  try { x(); } catch {}\n  return x.hasOwnProperty('a');\n}\n"
    found = {f.rule: f for f in _findings(eslint, base, {"a.js": text})}
    assert found["no-empty"].fix is None
    fix = found["no-prototype-builtins"].fix
    assert fix is not None
    assert fix.applicability == "unsafe"
    assert "Object.prototype.hasOwnProperty.call(x, 'a')" in _applied(text, fix.edits[0])


def test_rules_can_be_asked_for_and_left_out(eslint: EslintAnalyzer, tmp_path: Path) -> None:
    files = {"a.js": "debugger;\nvar x = 1; export default x + '';\n"}
    wanted = Wanted(
        eslint=Selection(("no-var",), ("no-debugger",)), rules=("no-implicit-coercion",)
    )
    with mirrored(tmp_path, files, wanted=wanted) as mirror:
        found = rules_at(eslint.check(mirror, paths=["a.js"]).findings)
    assert found == {("a.js", "no-var"), ("a.js", "no-implicit-coercion")}
    assert eslint.rules_like("no-explicit-any") == ("@typescript-eslint/no-explicit-any",)
    assert "security/detect-unsafe-regex" in eslint.rules_like("security")
    assert eslint.rules_like("no-unused-vars") == (
        "@typescript-eslint/no-unused-vars",
        "no-unused-vars",
    )


@pytest.mark.slow
def test_a_file_that_breaks_the_parser_hides_no_other(eslint: EslintAnalyzer, base: Mirror) -> None:
    bombs = {"deep.js": "(" * 20_000, "deeper.ts": "[" * 100_000, "long.js": "x=" + "1+" * 50_000}
    began = time.monotonic()
    after = base.over({**bombs, "a.js": "debugger;\n"})
    check = eslint.check(after, paths=[*bombs, "a.js"])
    assert time.monotonic() - began < 30
    assert check.status is CheckStatus.CRASHED
    assert "deep.js and 2 more" in check.detail
    assert rules_at(check.findings) == {("a.js", "no-debugger")}


def test_a_broken_file_is_a_finding(eslint: EslintAnalyzer, base: Mirror) -> None:
    found = _findings(eslint, base, {"a.ts": "function (\n"})
    assert [(f.rule, f.severity.value) for f in found] == [("syntax", "error")]


def test_what_a_text_shows_only_when_it_is_read_is_found(
    eslint: EslintAnalyzer, tmp_path: Path
) -> None:
    """Rules to which a text gives nothing to do are left out; to these it gives something."""
    files = {
        "names.js": "export const \\u3164 = 1;\n",
        "page.jsx": "export const page = () => <p>a &rlm; b</p>;\n",
        "hidden.ts": "// \u202e\nexport const a = 1;\n",
        "plain.js": "export class A { #never = 1; }\n",
        "typed.ts": "export class A { constructor(private readonly never: number) {} }\n",
        "hash.ts": "export class A { #never = 1; }\n",
        "regex.ts": "export const a = /(x+x+)+y/;\nexport const b = new RegExp('(x+x+)+y');\n",
        "loop.js": "export function f(x) { do { f(1); } while (x); }\n",
        "quiet.ts": "export const a = 'x'.replace(/x/, 'y');\n",
    }
    wanted = Wanted(eslint=Selection(("recommended", "no-unmodified-loop-condition"), ()))
    with mirrored(tmp_path, files, wanted=wanted) as mirror:
        check = eslint.check(mirror, paths=[*files])
    assert check.status is CheckStatus.OK
    assert [(f.path, f.rule, f.span.start_line) for f in check.findings] == [
        ("hash.ts", "@typescript-eslint/no-unused-private-class-members", 1),
        ("hidden.ts", "security/detect-bidi-characters", 1),
        ("loop.js", "no-unmodified-loop-condition", 1),
        ("names.js", "security/detect-invisible-characters", 1),
        ("page.jsx", "security/detect-bidi-characters", 1),
        ("plain.js", "no-unused-private-class-members", 1),
        ("regex.ts", "security/detect-unsafe-regex", 1),
        ("regex.ts", "security/detect-unsafe-regex", 2),
        ("typed.ts", "@typescript-eslint/no-unused-private-class-members", 1),
    ]
