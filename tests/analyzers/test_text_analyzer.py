"""Deceiving characters: each is found at its place, ordinary text of any language is not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from analysis_world import candidate_of, gate_over, put, repair_of, request_of
from hypothesis import given
from hypothesis import strategies as st

from playground import prompts
from playground.analyzers import secrets as secrets_analyzer
from playground.analyzers import text as text_analyzer
from playground.analyzers.inspection import Positions, Spot
from playground.analyzers.inspection.characters import RULES, objections
from playground.analyzers.profile import AnalyzerContext, RuleProfile
from playground.domain.changes import split_lines
from playground.domain.findings import Severity
from playground.domain.verdicts import Conclusion
from playground.security.unicode import hidden_characters


def found(text: str, *, path: str = "a.py") -> list[tuple[str, str]]:
    """Returns each rule with the text that it is about."""
    return [(spot.rule, text[spot.start : spot.end]) for spot in objections(path, text=text)]


FAULTY = [
    ("x = 'a\u202eb'\n", ("text-bidirectional", "\u202e")),
    ("# \u2066hello\u2069\n", ("text-bidirectional", "\u2066hello\u2069")),
    ("x = 1  # noqa \u202e\n", ("text-bidirectional", "\u202e")),
    ("x = 'a\U000e0041\U000e0042'\n", ("text-tag-characters", "\U000e0041\U000e0042")),
    ("x = 'a\u200bb'\n", ("text-hidden", "\u200b")),
    ("x = 'a\u200db'\n", ("text-hidden", "\u200d")),
    ("x = 'a\u200eb'\n", ("text-hidden", "\u200e")),
    ("x = 'é\u200d\u200d'\n", ("text-hidden", "\u200d")),
    ("x = '\u3164'\n", ("text-hidden", "\u3164")),
    ("x = 1\n\ufeffy = 2\n", ("text-hidden", "\ufeff")),
    ("\ufeffx = 1\n", ("text-byte-order-mark", "\ufeff")),
    ("x = '\0'\n", ("text-control", "\0")),
    ("x = '\x1b[2J'\n", ("text-control", "\x1b")),
    ("x = 'a\u2028b'\n", ("text-control", "\u2028")),
    ("x = 1 # a\ry = 2\n", ("text-lone-carriage-return", "\r")),
    ("x = 1\r\ny = 2\nz = 3\n", ("text-mixed-line-ends", "\r\n")),
    ("# coding: utf-7\nx = 1\n", ("text-coding-cookie", "utf-7")),
    (
        "#!/bin/x\n# -*- coding: Raw_Unicode_Escape -*-\n",
        ("text-coding-cookie", "Raw_Unicode_Escape"),
    ),
    ("# coding: latin-1\nx = 'é'\n", ("text-coding-cookie", "latin-1")),
    ("\ufeff# coding: cp037\n", ("text-coding-cookie", "cp037")),
    ("p\u0430ssword = 1\n", ("text-lookalike-name", "p\u0430ssword")),
    ("\u0441\u043e\u0440 = 1\n", ("text-lookalike-name", "\u0441\u043e\u0440")),
    ("\uff45val('1')\n", ("text-lookalike-name", "\uff45val")),
    ("x = [" + "[" * 200 + "]" * 201 + "\n", ("text-nesting", "")),
]


@pytest.mark.parametrize(("text", "expected"), FAULTY)
def test_a_fault_is_found_at_its_place(text: str, expected: tuple[str, str]) -> None:
    assert expected in found(text)


def test_every_rule_is_documented() -> None:
    page = Path(__file__).parents[2] / "docs/how-to/check.md"
    text = page.read_text(encoding="utf-8")
    assert [rule for rule in RULES if f"| `{rule}` |" not in text] == []


def test_every_rule_is_tried_here_and_has_a_card(tmp_path: Path) -> None:
    tried = {expected[0] for _text, expected in FAULTY}
    assert tried | {"text-conflict-marker", "text-not-utf8"} == set(RULES)
    analyzer = text_analyzer.create(AnalyzerContext(tmp_path))
    for rule in RULES:
        card = analyzer.explain(rule)
        assert all((card.name, card.summary, card.why, card.example, card.instead)), rule
        # what a model or a terminal is shown must not itself deceive
        shown = prompts.rule_text("text", rule) or {}
        assert not hidden_characters("".join(shown.values()))
    assert analyzer.rules_like("text") == RULES
    assert analyzer.rules_like("text-b") == ("text-bidirectional", "text-byte-order-mark")


ORDINARY = [
    "",
    "x = 1\n",
    "x = 1\r\ny = 2\r\n",
    (
        "name = 'Käse, 東京, \u041f\u0440\u0438\u0432\u0435\u0442, "
        "\u05e2\u05d1\u05e8\u05d9\u05ea, \u0627\u0644\u0639\u0631\u0628\u064a\u0629'\n"
    ),
    "\u0438\u043c\u044f = '\u0441\u043e\u0440'\n\u043f\u0440\u0438\u0451\u043c = 1\n",
    (
        "# \u043d\u0430 \u0441\u0442\u043e\u043b\u0435: \u0441\u043e\u0440, "
        "\u0440\u0438\u0441, \u0445\u043e\u0440\nx = '\u0440\u0438\u0441'\n"
    ),
    "\u03b1 = 0.5\n\u03b1_max = \u03c10 = \u0394x = 1\n",
    "family = '👨\u200d👩\u200d👧 ❤\ufe0e'\n",
    "persian = '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645'\n",
    "hebrew = '\u05e9\u05dc\u05d5\u05dd\u200f!'\n",
    "braille = '\u2801\u2800\u2803'\n",
    "Title\n=======\n\n>>>>>>> quoted\n",
    "# -*- coding: utf-8 -*-\nx = 'é'\n",
    "# coding: latin-1\nx = 1\n",
    "import os\n# coding: utf-7 is not one here\nx = 1\n",
    "x = 1\n\n# coding: utf-7\n",
    "x = '\t\x0c'\n",
    "x = '" + "(" * 300 + "'\n",
    "# " + "[" * 300 + "\n",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_no_fault(text: str) -> None:
    assert found(text) == []


def test_an_unresolved_merge_is_one_finding_a_marker() -> None:
    text = "a = 1\n<<<<<<< HEAD\nb = 1\n||||||| base\n=======\nb = 2\n>>>>>>> topic\n"
    assert found(text) == [
        ("text-conflict-marker", mark) for mark in ("<<<<<<<", "|||||||", "=======", ">>>>>>>")
    ]


def test_scripts_have_strings_and_comments_of_their_own() -> None:
    assert (
        found(
            "// `\u0441\u043e\u0440`\nconst a = `\u0441\u043e\u0440`; /* p\u0430y */\n", path="a.ts"
        )
        == []
    )
    assert found("const p\u0430y = 1;\n", path="a.ts") == [("text-lookalike-name", "p\u0430y")]
    assert found("# coding: utf-7\n", path="a.js") == []


def test_findings_of_one_rule_are_bounded_and_severities_sorted() -> None:
    spots = list(objections("a.py", text="'\u200b'\n" * 5_000 + "'\u202e'\n"))
    assert len(spots) <= 101
    worst = {spot.rule: spot.severity for spot in spots}
    assert worst == {"text-hidden": Severity.WARNING, "text-bidirectional": Severity.ERROR}


QUICK = {("words", "a.py"), ("names", "a.py"), ("controls", "a.py"), ("quotes", "a.js")}
BOMBS = {
    "words": "a" * 900_000 + "é",
    "names": "p\u0430" * 300_000,
    "quotes": "'" * 900_000 + "é",
    "escapes": "\\" * 900_000 + "é",
    "brackets": "([{" * 300_000,
    "comments": "/*" * 400_000 + "p\u0430",
    "hidden": "\u200b\n" * 300_000,
    "returns": "\r" * 900_000,
    "conflicts": "<<<<<<< a\n>>>>>>> b\n" * 40_000,
    "controls": "\x1b" * 900_000,
}


LONG = [
    pytest.param(bomb, path, marks=() if (bomb, path) in QUICK else pytest.mark.slow)
    for bomb in BOMBS
    for path in ("a.py", "a.js")
]


@pytest.mark.parametrize(("bomb", "path"), LONG)
def test_no_text_takes_long(bomb: str, path: str) -> None:
    began = time.process_time()
    list(objections(path, text=BOMBS[bomb]))
    assert time.process_time() - began < 4


@given(st.text(st.sampled_from("aé😀\n\r\u2028\x0c"), max_size=40), st.data())
def test_places_count_code_points_and_lines_at_line_feeds(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    span = Positions(text).span(start, end)
    lines = split_lines(text) or [""]
    offsets = [sum(map(len, lines[: line - 1])) for line in (span.start_line, span.end_line)]
    assert offsets[0] + span.start_column - 1 == start
    assert offsets[1] + span.end_column - 1 == end


@given(
    st.text(
        st.sampled_from("a\u0430\u200b\u202e\U000e0041\ufeff é'\"#\\\n\r[(\x1b<>= "), max_size=60
    )
)
def test_places_lie_in_the_text(text: str) -> None:
    for spot in objections("a.py", text=text):
        assert isinstance(spot, Spot)
        assert 0 <= spot.start <= spot.end <= len(text)
        assert spot.rule in RULES
        assert spot.message.isascii()


# ── in the gate ──────────────────────────────────────────────────────────────────────────────

KEY = "ghp_" + "4hT8sKq2LmZ0xV7bNc1RwY6pJ3dFgE5uAiOt"


def _own(tmp_path: Path) -> list[text_analyzer.TextAnalyzer | secrets_analyzer.SecretsAnalyzer]:
    context = AnalyzerContext(tmp_path / "scratch" / "tools")
    return [text_analyzer.create(context), secrets_analyzer.create(context)]


def test_a_comment_cannot_silence_what_deceives(tmp_path: Path) -> None:
    root = put(
        tmp_path / "repo", {"a.py": "x = 1  # noqa: F401 \u202e nothing\ny = '\u200b'  # noqa\n"}
    )
    with gate_over(tmp_path, analyzers=_own(tmp_path)) as gate:
        survey = gate.survey(root, paths=[])
    own = [(f.rule, f.span.start_line) for f in survey.findings if f.tool == "text"]
    assert own == [("text-bidirectional", 1), ("text-hidden", 2)]


def test_a_secret_is_silenced_by_its_own_comment_alone(tmp_path: Path) -> None:
    lines = [f"a = '{KEY}'  # noqa", f"b = '{KEY}'  # pragma: allowlist secret", ""]
    root = put(tmp_path / "repo", {"a.py": "\n".join(lines)})
    with gate_over(tmp_path, analyzers=_own(tmp_path)) as gate:
        survey = gate.survey(root, paths=[])
    assert [(f.rule, f.span.start_line) for f in survey.findings if f.tool == "secrets"] == [
        ("secret-github-token", 1)
    ]
    assert KEY not in repr(survey)


def test_a_candidate_that_adds_one_is_refused(tmp_path: Path) -> None:
    root = put(tmp_path / "repo", {"a.py": "x = 1\n"})
    task = request_of(root, "a.py")
    with gate_over(tmp_path, analyzers=_own(tmp_path)) as gate:
        for after in (f"x = '{KEY}'\n", "x = 'a\u2800b'\n", "x = 1\n<<<<<<< a\n>>>>>>> b\n"):
            verdict = gate.judge(task, candidate=candidate_of(root, {"a.py": after}))
            assert verdict.conclusion is not Conclusion.PASSED, after
        good = gate.judge(task, candidate=candidate_of(root, {"a.py": "x = 2\n"}))
        assert good.conclusion is Conclusion.PASSED


def test_the_analyzers_own_removal_passes(tmp_path: Path) -> None:
    root = put(tmp_path / "repo", {"a.py": "\ufeffx = 1\n"})
    with gate_over(tmp_path, analyzers=_own(tmp_path)) as gate:
        (finding,) = gate.survey(root, paths=[]).findings
        assert finding.fix is not None
        task = repair_of(root, finding)
        verdict = gate.judge(task, candidate=candidate_of(root, {"a.py": "x = 1\n"}))
    assert verdict.conclusion is Conclusion.PASSED


def test_bytes_that_are_no_text_are_a_finding(tmp_path: Path) -> None:
    root = put(tmp_path / "repo", {"a.py": "x = 1\n"})
    (root / "b.py").write_bytes(b"x = '\xe9'\n")
    with gate_over(tmp_path, analyzers=_own(tmp_path)) as gate:
        survey = gate.survey(root, paths=[])
        only = gate.survey(root, paths=["a.py"])
    assert [(f.path, f.rule) for f in survey.findings] == [("b.py", "text-not-utf8")]
    assert only.findings == ()


def test_a_rule_can_be_left_out_and_asked_for_again(tmp_path: Path) -> None:
    root = put(tmp_path / "repo", {"a.py": "x = 'a\u200bb'\n"})
    profile = RuleProfile(select=("F",), ignore=("text-hidden",))
    with gate_over(tmp_path, analyzers=_own(tmp_path), profile=profile) as gate:
        assert gate.survey(root, paths=[]).findings == ()
        (found,) = gate.survey(root, paths=[], rules=["text"]).findings
    assert found.rule == "text-hidden"
