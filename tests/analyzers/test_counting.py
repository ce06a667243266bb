"""Lines and columns of tools that count otherwise than we do."""

from __future__ import annotations

from pathlib import Path

import pytest
from analysis_world import gate_over, put
from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers.mirror import Mirrors
from playground.analyzers.reporting import findings_of
from playground.analyzers.reporting.counting import Counting, lines_of
from playground.analyzers.reporting.pyright_answers import (
    COUNTING,
    Statement,
    TextRange,
    raw_findings,
)
from playground.domain.changes import split_lines
from playground.domain.findings import Finding, Severity, Span, with_edits

FILES = {
    "mark.py": "\ufeffimport os, sys\nprint(sys)\n",
    "marked_whole.py": "\ufeffimport os\nx = 1\n",
    "lone.py": "x = 1\ry = '\U0001f600'; import os\rimport sys\nimport re\n",
    "old_mac.py": "def f():\r    import os\r\rdef g():\r    import os\r",
    "feed.py": "x = '\u2028\x0c\x85'\n\x0cimport os\n",
    "dos.py": "\ufeffimport os\r\nimport sys\r\nprint(sys)\r\n",
}
AFTER = {
    "mark.py": ["\ufeffimport sys\nprint(sys)\n"],
    "marked_whole.py": ["\ufeffx = 1\n"],
    "lone.py": [
        "x = 1\ry = '\U0001f600'; \rimport sys\nimport re\n",
        "x = 1\ry = '\U0001f600'; import os\rimport re\n",
        "x = 1\ry = '\U0001f600'; import os\rimport sys\n",
    ],
    "old_mac.py": [
        "def f():\r    pass\r\rdef g():\r    import os\r",
        "def f():\r    import os\r\rdef g():\r    pass\r",
    ],
    "feed.py": ["x = '\u2028\x0c\x85'\n"],
    "dos.py": ["\ufeffimport sys\r\nprint(sys)\r\n"],
}


def _spanned(finding: Finding) -> str:
    lines = split_lines(FILES[finding.path])
    starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]
    span = finding.span
    first = starts[span.start_line - 1] + span.start_column - 1
    return FILES[finding.path][first : starts[span.end_line - 1] + span.end_column - 1]


def test_ruff_points_at_what_it_means_and_its_fixes_are_made_there(tmp_path: Path) -> None:
    root = put(tmp_path / "repo", FILES)
    with gate_over(tmp_path) as gate:
        survey = gate.survey(root, paths=(), rules=("F401",))
    fixed: dict[str, list[str]] = {path: [] for path in FILES}
    for finding in survey.findings:
        assert f"`{_spanned(finding)}`" in finding.message
        assert finding.line_text
        fixed[finding.path].append(
            with_edits(FILES[finding.path], finding.fix.edits if finding.fix else ())
        )
    assert fixed == AFTER
    assert len({finding.fingerprint for finding in survey.findings}) == len(survey.findings)


def test_pyright_points_at_what_it_means(tmp_path: Path) -> None:
    text = "a = 1\rb = '\U0001f600'; c: int = ''\nd = 2\r"
    root = put(tmp_path / "repo", {"a.py": text})
    place = {"line": 1, "character": 19}
    said = TextRange.model_validate({"start": place, "end": place | {"character": 21}})
    statement = Statement(path="a.py", severity=Severity.ERROR, message="m", range=said, rule="r")
    with Mirrors(tmp_path / "scratch").hold(root, texts={"a.py": text}, settings={}) as mirror:
        raw = raw_findings([statement], mirror=mirror)
        (finding,) = findings_of("pyright", raw=raw, mirror=mirror, counting=COUNTING)
    assert text[finding.span.start_column - 1 : finding.span.end_column - 1] == "''"
    assert finding.span.start_line == finding.span.end_line == 1


@pytest.mark.parametrize("counts_mark", [True, False])
@given(st.text(st.sampled_from("ab\r\n\ufeff\U0001f600"), max_size=30), st.data())
def test_every_place_is_found_again(counts_mark: bool, text: str, data: st.DataObject) -> None:
    lines = lines_of(text)
    assert "".join(lines) == text
    line = data.draw(st.integers(1, len(lines)))
    hidden = line == 1 and text.startswith("\ufeff") and not counts_mark
    before = sum(map(len, lines[: line - 1]))
    column = data.draw(st.integers(1, max(1, len(lines[line - 1]) - hidden)))
    index = min(before + column - 1 + hidden, len(text))
    span = Span(line, column, line, column)
    translate = Counting(counts_mark=counts_mark).translation(text)
    ours = translate(span) if translate else span
    own = split_lines(text)
    assert sum(map(len, own[: ours.start_line - 1])) + ours.start_column - 1 == index
    assert (ours.start_line, ours.start_column) == (ours.end_line, ours.end_column)
