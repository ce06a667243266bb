"""Every analyzer that is found keeps the promises of its port, on real programs."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from analysis_world import put

from playground import plugins
from playground.analyzers.mirror import REPOSITORY, Mirrors, Snapshots
from playground.analyzers.profile import WANTED, AnalyzerContext, KnowsRules, Selection, Wanted
from playground.domain.ports import Analyzer, Mirror
from playground.domain.verdicts import Check, CheckStatus
from playground.security.calls import OpenEntry
from playground.security.reading import ReadingRules

NAMES = sorted(plugins.adapters("playground.analyzers"))
SECRET = "ghp_" + "4hT8sKq2LmZ0xV7bNc1RwY6pJ3dFgE5uAiOt"
FAULTS = {
    "ruff": ("import os\n\n\ndef f(x):\n    é = '😀😀'; return x == None\n", "E711", (5, 27)),
    "pyright": (
        "def f(x: str | None) -> str:\n    é = '😀😀'; return x.upper()\n",
        "reportOptionalMemberAccess",
        (2, 24),
    ),
    "text": ("def f(x):\n    é = '😀😀'; return '\u202e'\n", "text-bidirectional", (2, 23)),
    "secrets": (
        f"def f(x):\n    é = '😀😀'; k = '{SECRET}'\n",
        "secret-github-token",
        (2, 20),
    ),
    "eslint": (
        "export function f() {\n    var é = '😀😀'; debugger;\n}\n",
        "no-debugger",
        (2, 19),
    ),
    "typescript": (
        "export function f(x?: string) {\n    var é = '😀😀'; x.length;\n}\n",
        "TS18048",
        (2, 19),
    ),
}
"""For each analyzer a file with a fault, the fault's rule, and the line and column it is at.

Both lines hold characters of one and of two UTF-16 units before the fault.
"""
ENDINGS = {"eslint": ".js", "typescript": ".ts"}
"""Endings of the analyzers that do not read Python."""
PROGRAMS = [name for name in NAMES if name not in {"text", "secrets"}]
"""The analyzers that start a program; the others look at texts in this process."""
SLOW = {"eslint", "pyright", "typescript"}
ONCE = [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in NAMES]
"""The analyzers, for tests that are slow on the slow ones of them."""
ONCE_PROGRAMS = [p for p in ONCE if (p if isinstance(p, str) else p.values[0]) in PROGRAMS]
"""The same of those that start a program."""


def _file(name: str, stem: str) -> str:
    """Returns the name of a file that the analyzer reads."""
    return stem + ENDINGS.get(name, ".py")


def _create(name: str, scratch: Path, *, timeout_s: float = 60.0) -> Analyzer:
    module = plugins.load("playground.analyzers", name=name)
    made: Analyzer = module.create(AnalyzerContext(scratch / "tools", timeout_s))
    return made


@contextmanager
def _mirror(
    tmp_path: Path, files: Mapping[str, str], *, rules: Sequence[str] = ()
) -> Generator[Mirror]:
    root = put(tmp_path / "repo", files)
    snapshot = Snapshots(ReadingRules()).take(root)
    wanted = Wanted((Selection(("E7", "F")),), rules=tuple(rules))
    settings = {WANTED: wanted, REPOSITORY: snapshot.settings}
    mirrors = Mirrors(tmp_path / "scratch")
    with mirrors.hold(root, texts=snapshot.texts, settings=settings) as mirror:
        yield mirror
    mirrors.close()


def _check(name: str, tmp_path: Path, files: Mapping[str, str], *paths: str) -> Check:
    with _mirror(tmp_path, files) as mirror:
        return _create(name, tmp_path).check(mirror, paths=paths or mirror.paths)


def test_analyzers_are_found_and_every_one_has_a_fault_here() -> None:
    assert set(NAMES) == set(FAULTS)


@pytest.mark.parametrize("name", NAMES)
def test_it_finds_the_fault_at_its_place(name: str, tmp_path: Path) -> None:
    text, rule, place = FAULTS[name]
    check = _check(
        name,
        tmp_path,
        {
            _file(name, "pkg/a"): text,
            _file(name, "clean"): "export const x = 1;\n" if name in ENDINGS else "x = 1\n",
        },
    )
    assert (check.tool, check.status, check.detail) == (name, CheckStatus.OK, "")
    assert check.version
    found = next(f for f in check.findings if f.rule == rule)
    assert (found.span.start_line, found.span.start_column) == place
    assert (found.path, found.symbol, found.tool) == (_file(name, "pkg/a"), "f", name)
    shown = text.replace(SECRET, "[redacted:github-token]")
    assert found.line_text == shown.split("\n")[place[0] - 1]
    assert SECRET not in repr(check)
    assert "\n" not in found.message
    assert {f.path for f in check.findings} == {_file(name, "pkg/a")}


@pytest.mark.parametrize("name", ONCE)
def test_only_the_named_files_are_reported(name: str, tmp_path: Path) -> None:
    text, _rule, _place = FAULTS[name]
    assert _check(
        name, tmp_path, {_file(name, "a"): text, _file(name, "b"): text}, _file(name, "b")
    ).findings[0].path == _file(name, "b")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_asked_is_nothing_found(name: str, tmp_path: Path) -> None:
    with _mirror(tmp_path, {_file(name, "a"): FAULTS[name][0]}) as mirror:
        check = _create(name, tmp_path).check(mirror, paths=[])
    assert (check.status, check.findings) == (CheckStatus.OK, ())


@pytest.mark.parametrize("name", ONCE)
def test_equal_findings_get_ordinals_and_fingerprints_of_their_own(
    name: str, tmp_path: Path
) -> None:
    text, rule, (line, _column) = FAULTS[name]
    lines = text.split("\n")
    lines.insert(line, lines[line - 1])
    check = _check(name, tmp_path, {_file(name, "a"): "\n".join(lines)})
    found = [f for f in check.findings if f.rule == rule]
    assert len({f.fingerprint for f in found}) == len(found)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_missed_deadline_is_no_answer(name: str, tmp_path: Path) -> None:
    with _mirror(tmp_path, {_file(name, "a"): FAULTS[name][0]}) as mirror:
        analyzer = _create(name, tmp_path, timeout_s=0.001)
        check = analyzer.check(mirror, paths=mirror.paths)
    assert check.status is CheckStatus.TIMEOUT
    assert check.detail
    assert check.findings == ()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_cannot_start_is_a_status(name: str, tmp_path: Path) -> None:
    module = plugins.load("playground.analyzers", name=name)
    context = AnalyzerContext(
        tmp_path / "t", 5.0, lambda _a, _c: OpenEntry((str(tmp_path / "no"),))
    )
    with _mirror(tmp_path, {_file(name, "a"): FAULTS[name][0]}) as mirror:
        check: Check = module.create(context).check(mirror, paths=mirror.paths)
    assert check.status is CheckStatus.UNAVAILABLE


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("answer", ["", "[", "{}", '[{"code": 1}]', '{"summary": {}}'])
def test_an_unreadable_answer_is_never_clean(name: str, answer: str, tmp_path: Path) -> None:
    module = plugins.load("playground.analyzers", name=name)
    context = AnalyzerContext(tmp_path / "t", 5.0, lambda _a, _c: OpenEntry(("/bin/echo", answer)))
    with _mirror(tmp_path, {_file(name, "a"): "x = 1\n"}) as mirror:
        check: Check = module.create(context).check(mirror, paths=mirror.paths)
    assert check.status is not CheckStatus.OK


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_rule_has_an_empty_card_and_a_known_one_a_full_one(
    name: str, tmp_path: Path
) -> None:
    analyzer = _create(name, tmp_path)
    unknown = analyzer.explain("NOPE123")
    assert (unknown.summary, unknown.why, unknown.example, unknown.instead) == ("", "", "", "")
    known = analyzer.explain(FAULTS[name][1])
    assert all((known.name, known.summary, known.why, known.example, known.instead))


@pytest.mark.parametrize("name", NAMES)
def test_it_knows_its_rules(name: str, tmp_path: Path) -> None:
    analyzer = _create(name, tmp_path)
    assert isinstance(analyzer, KnowsRules)
    rule = FAULTS[name][1]
    assert analyzer.rules_like(rule) == (rule,)
    assert analyzer.rules_like("") == analyzer.rules_like("NOPE") == ()


HOSTILE = {
    "a.py": "import json, os\nfrom b import y\nz: int = y.missing\n",
    "b.py": "y = 1\n",
    "ruff.toml": 'extend = "/etc/passwd"\ncache-dir = "CACHE"\n[lint]\nselect = []\n',
    "pyrightconfig.json": '{"ignore": ["**"], "typeCheckingMode": "off", "pythonPath": "MARK"}',
    "pyproject.toml": '[tool.pyright]\nexclude = ["**"]\n',
    "json.py": "open('MARK', 'w')\n",
    "sitecustomize.py": "open('MARK', 'w')\n",
    "conftest.py": "open('MARK', 'w')\n",
    ".venv/pyvenv.cfg": "home = /usr/bin\n",
    ".venv/bin/python": "#!/bin/sh\n: > MARK\n",
    ".venv/lib/python3.11/site-packages/evil.pth": "import os; open('MARK', 'w')\n",
    "python3": "#!/bin/sh\n: > MARK\n",
    "node": "#!/bin/sh\n: > MARK\n",
    "ruff": "#!/bin/sh\n: > MARK\n",
    "package.json": '{"main": "evil.js", "eslintConfig": {"root": true, "rules": {}}}',
    "a.js": "import json from './b.js';\ndebugger;\n/* eslint-disable */\n",
    "a.ts": "import { y } from './b';\nexport const z: number = y.missing;\n",
    "b.ts": "export const y = 1;\n",
    "eslint.config.js": "require('fs').writeFileSync('MARK', ''); module.exports = [];\n",
    ".eslintrc.js": "require('fs').writeFileSync('MARK', ''); module.exports = {};\n",
    ".eslintignore": "**\n",
    "tsconfig.json": '{"extends": "/etc/passwd", "exclude": ["**"], "compilerOptions": {'
    '"noCheck": true, "plugins": [{"name": "./evil"}], "outDir": "CACHE", '
    '"tsBuildInfoFile": "CACHE"}}',
    "evil.js": "require('fs').writeFileSync('MARK', '');\n",
    "node_modules/eslint/index.js": "require('fs').writeFileSync('MARK', '');\n",
    "node_modules/typescript/index.js": "require('fs').writeFileSync('MARK', '');\n",
    ".npmrc": "node-options=--require ./evil.js\n",
}


@pytest.mark.parametrize("name", ONCE_PROGRAMS)
def test_a_hostile_repository_runs_leaks_and_silences_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, cache = tmp_path / "MARK", tmp_path / "CACHE"
    files = {
        path: text.replace("MARK", str(mark)).replace("CACHE", str(cache))
        for path, text in HOSTILE.items()
    }
    root = put(tmp_path / "repo", files)
    for path in (".venv/bin/python", "python3", "node", "ruff"):
        (root / path).chmod(0o755)
    monkeypatch.chdir(root)
    monkeypatch.setenv("PATH", f".:{root / '.venv/bin'}:{root}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", ".")
    monkeypatch.setenv("VIRTUAL_ENV", str(root / ".venv"))
    check = _check(name, tmp_path, files, _file(name, "a"))
    assert check.status is CheckStatus.OK
    assert check.findings
    assert "root:" not in repr(check)
    assert not mark.exists()
    assert not cache.exists()


@pytest.mark.parametrize("name", ONCE)
def test_bombs_end_in_time_and_do_not_hide_other_files(name: str, tmp_path: Path) -> None:
    bombs = {
        _file(name, "unary"): "x = " + "-" * 100_000 + "1\n",
        _file(name, "dots"): "x = a" + ".b" * 50_000 + "\n",
        _file(name, "brackets"): "[" * 20_000,
    }
    began = time.monotonic()
    check = _check(
        name, tmp_path, {_file(name, "a"): FAULTS[name][0], _file(name, "zero"): "\0\n", **bombs}
    )
    assert time.monotonic() - began < 45
    if check.status is not CheckStatus.OK:
        assert any(path in check.detail for path in bombs)
    if check.status is not CheckStatus.TIMEOUT:
        assert FAULTS[name][1] in {f.rule for f in check.findings}


@pytest.mark.parametrize("name", ONCE_PROGRAMS)
def test_broken_syntax_is_a_finding(name: str, tmp_path: Path) -> None:
    check = _check(name, tmp_path, {_file(name, "a"): "def f(:\n    return 1\n"})
    assert check.status is CheckStatus.OK
    assert check.findings


@pytest.mark.parametrize("name", ONCE)
def test_suppression_comments_silence_nothing(name: str, tmp_path: Path) -> None:
    text, rule, (line, _column) = FAULTS[name]
    lines = text.rstrip("\n").split("\n")
    if name in ENDINGS:
        lines[line - 1] += " // eslint-disable-line @ts-ignore"
        lines.insert(line - 1, "// @ts-expect-error eslint-disable-next-line")
        above = ["/* eslint-disable */", "// @ts-nocheck"]
    else:
        lines[line - 1] += "  # noqa # type: ignore # pyright: ignore"
        above = ["# ruff: noqa", "# pyright: basic, ignore-errors"]
    silenced = "\n".join([*above, *lines, ""])
    check = _check(name, tmp_path, {_file(name, "a"): silenced})
    assert rule in {f.rule for f in check.findings}
