"""The gate proves what is better, says why something is not, and never guesses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from analysis_world import (
    WordAnalyzer,
    candidate_of,
    edited,
    gate_over,
    put,
    repair_of,
    request_of,
)

from playground.analyzers.gate.gate import StaticGate
from playground.domain.errors import BadInput, Stale
from playground.domain.findings import Finding
from playground.domain.tasks import Source
from playground.domain.verdicts import CheckStatus, Conclusion, How, RiskTier, Verdict

SHOP = '''"""A shop."""

from __future__ import annotations


def total(prices, seen=[]):
    """Adds up."""
    for price in prices:
        seen.append(price)
    return sum(seen)


def parse(text):
    try:
        return int(text)
    except:
        return None


def unrelated(value):
    if value == None:
        return 0
    return value
'''
FIXED = """def total(prices, seen=None):
    \"\"\"Adds up.\"\"\"
    if seen is None:
        seen = []
"""
BROKEN = """def total(prices, seen=[]):
    \"\"\"Adds up.\"\"\"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return put(
        tmp_path / "repo",
        {"shop.py": SHOP, "till.py": "from shop import total\n\nprint(total([1]))\n"},
    )


@pytest.fixture
def words() -> WordAnalyzer:
    return WordAnalyzer()


@pytest.fixture
def gate(tmp_path: Path, words: WordAnalyzer) -> Iterator[StaticGate]:
    with gate_over(tmp_path, analyzers=[words]) as made:
        yield made


def _finding(gate: StaticGate, root: Path, rule: str) -> Finding:
    return next(f for f in gate.survey(root, paths=()).findings if f.rule == rule)


def _judge(gate: StaticGate, root: Path, after: dict[str, str], *, rule: str = "B006") -> Verdict:
    task = repair_of(root, _finding(gate, root, rule))
    return gate.judge(task, candidate=candidate_of(root, after))


def _codes(verdict: Verdict) -> set[str]:
    return {objection.code.split(":")[0] for objection in verdict.objections}


def test_a_survey_lists_findings_in_the_order_of_places(gate: StaticGate, root: Path) -> None:
    survey = gate.survey(root, paths=())
    assert [(f.path, f.rule) for f in survey.findings] == [
        ("shop.py", "B006"),
        ("shop.py", "E722"),
        ("shop.py", "E711"),
    ]
    assert [check.tool for check in survey.checks] == ["ruff", "words"]
    assert survey.files == 2


def test_analyzers_that_read_none_of_the_changed_files_are_no_checks(
    tmp_path: Path, root: Path
) -> None:
    scripts = WordAnalyzer(tier=2)
    scripts.name, scripts.suffixes = "scripts", frozenset({".ts"})
    with gate_over(tmp_path / "more", analyzers=[scripts]) as gate:
        verdict = _judge(gate, root, edited(root, "shop.py", old=BROKEN, new=FIXED))
    assert [c.tool for c in verdict.checks] == ["ruff"]
    assert "scripts" not in verdict.evidence[0]
    assert scripts.calls == [()]  # by the survey alone


def test_an_honest_repair_passes_with_evidence(gate: StaticGate, root: Path) -> None:
    verdict = _judge(gate, root, edited(root, "shop.py", old=BROKEN, new=FIXED))
    assert verdict.conclusion is Conclusion.PASSED, verdict.objections
    assert [(v.finding.rule, v.how) for v in verdict.fixed] == [("B006", How.REPAIRED)]
    assert verdict.added == ()
    assert verdict.unchanged == 2
    assert [c.tool for c in verdict.checks] == ["ruff", "words"]
    assert verdict.objections == ()
    assert "No new finding of ruff" in verdict.evidence[0]
    assert verdict.risk in {RiskTier.B, RiskTier.C}


def test_a_finding_that_stays_is_named_with_its_new_line(gate: StaticGate, root: Path) -> None:
    after = edited(root, "shop.py", old=BROKEN, new=BROKEN + "    assert prices is not None\n")
    verdict = _judge(gate, root, after)
    assert verdict.conclusion is Conclusion.FAILED
    remains = next(o for o in verdict.objections if o.code == "target-remains")
    assert "line 6" in remains.message


def test_a_new_finding_fails_a_repair(gate: StaticGate, root: Path) -> None:
    after = edited(root, "shop.py", old=BROKEN, new=FIXED + "    never_heard_of(seen)\n")
    verdict = _judge(gate, root, after)
    assert verdict.conclusion is Conclusion.FAILED
    assert [f.rule for f in verdict.added] == ["F821"]
    assert "added" in _codes(verdict)


def test_a_new_finding_in_an_importing_file_fails_a_repair(
    gate: StaticGate, root: Path, words: WordAnalyzer
) -> None:
    words.mute_on = "\0"
    verdict = _judge(gate, root, edited(root, "shop.py", old=BROKEN, new=FIXED))
    assert verdict.passed
    assert words.calls[-1] == ("shop.py", "till.py")


def test_a_suppression_is_no_repair(gate: StaticGate, root: Path) -> None:
    after = edited(root, "shop.py", old="seen=[]):", new="seen=[]):  # noqa: B006")
    verdict = _judge(gate, root, after)
    assert verdict.conclusion is Conclusion.FAILED
    assert "target-remains" in _codes(verdict)


def test_a_changed_signature_is_refused_unless_the_task_frees_it(
    gate: StaticGate, root: Path
) -> None:
    after = edited(root, "shop.py", old="prices, seen=[]", new="prices, *, seen=None, tax=0")
    task = repair_of(root, _finding(gate, root, "B006"))
    candidate = candidate_of(root, after)
    strict = gate.judge(task, candidate=candidate)
    free = gate.judge(replace(task, signatures_free=True), candidate=candidate)
    assert len(free.objections) < len(strict.objections)


def test_a_change_outside_the_region_is_refused(gate: StaticGate, root: Path) -> None:
    after = edited(root, "shop.py", old=BROKEN, new=FIXED)
    after["shop.py"] = after["shop.py"].replace("return None", "return 0")
    verdict = _judge(gate, root, after)
    assert "outside-region" in _codes(verdict)


def test_an_import_that_nothing_provides_is_refused(gate: StaticGate, root: Path) -> None:
    after = edited(root, "shop.py", old=BROKEN, new=FIXED + "    import no_such_library as seen\n")
    verdict = _judge(gate, root, after)
    assert verdict.conclusion is Conclusion.FAILED
    assert any("no_such_library" in o.message for o in verdict.objections)


def test_broken_syntax_fails_before_any_analyzer(
    gate: StaticGate, root: Path, words: WordAnalyzer
) -> None:
    finding = _finding(gate, root, "B006")
    calls = len(words.calls)
    candidate = candidate_of(root, edited(root, "shop.py", old="seen=[]):", new="seen=None:"))
    verdict = gate.judge(repair_of(root, finding), candidate=candidate)
    assert verdict.conclusion is Conclusion.FAILED
    assert verdict.checks == ()
    assert len(words.calls) == calls


def test_slow_analyzers_are_not_asked_about_what_failed_already(
    gate: StaticGate, root: Path, words: WordAnalyzer
) -> None:
    finding = _finding(gate, root, "B006")
    calls = len(words.calls)
    unchanged = edited(root, "shop.py", old="Adds up.", new="Adds up!")
    verdict = gate.judge(repair_of(root, finding), candidate=candidate_of(root, unchanged))
    assert verdict.conclusion is Conclusion.FAILED
    assert [c.tool for c in verdict.checks] == ["ruff"]
    assert len(words.calls) == calls


@pytest.mark.parametrize("status", [s for s in CheckStatus if s is not CheckStatus.OK])
def test_no_answer_about_the_candidate_is_inconclusive(
    gate: StaticGate, root: Path, words: WordAnalyzer, status: CheckStatus
) -> None:
    words.mute_on, words.status = "if seen is None", status
    verdict = _judge(gate, root, edited(root, "shop.py", old=BROKEN, new=FIXED))
    assert verdict.conclusion is Conclusion.INCONCLUSIVE
    assert _codes(verdict) == {"no-answer"}
    assert not verdict.passed


def test_no_answer_about_the_base_is_inconclusive(
    gate: StaticGate, root: Path, words: WordAnalyzer
) -> None:
    words.mute_on = "seen=[]"
    verdict = _judge(gate, root, edited(root, "shop.py", old=BROKEN, new=FIXED))
    assert verdict.conclusion is Conclusion.INCONCLUSIVE


def test_a_target_that_the_base_does_not_show_is_inconclusive(gate: StaticGate, root: Path) -> None:
    finding = replace(_finding(gate, root, "B006"), symbol="elsewhere")
    candidate = candidate_of(root, edited(root, "shop.py", old=BROKEN, new=FIXED))
    verdict = gate.judge(repair_of(root, finding), candidate=candidate)
    assert verdict.conclusion is Conclusion.INCONCLUSIVE
    assert _codes(verdict) == {"target-unknown"}


def test_a_finding_of_an_absent_tool_is_inconclusive(gate: StaticGate, root: Path) -> None:
    finding = replace(_finding(gate, root, "B006"), tool="absent")
    candidate = candidate_of(root, edited(root, "shop.py", old=BROKEN, new=FIXED))
    assert not gate.judge(repair_of(root, finding), candidate=candidate).passed
    assert gate.explain(finding).summary == ""


def test_the_task_must_be_about_the_files_as_they_are(gate: StaticGate, root: Path) -> None:
    task = repair_of(root, _finding(gate, root, "B006"))
    candidate = candidate_of(root, edited(root, "shop.py", old=BROKEN, new=FIXED))
    (root / "shop.py").write_text(SHOP + "# more\n")
    with pytest.raises(Stale):
        gate.judge(task, candidate=candidate)
    (root / "shop.py").unlink()
    with pytest.raises(Stale):
        gate.judge(task, candidate=candidate)


def test_a_candidate_for_another_base_is_stale(gate: StaticGate, root: Path) -> None:
    task = repair_of(root, _finding(gate, root, "B006"))
    other = put(root.parent / "other", {"shop.py": "import os\n" + SHOP})
    candidate = candidate_of(other, edited(other, "shop.py", old=BROKEN, new=FIXED))
    with pytest.raises(Stale):
        gate.judge(task, candidate=candidate)


def test_a_request_may_make_a_clean_file_and_not_a_faulty_one(gate: StaticGate, root: Path) -> None:
    task = request_of(root, "fresh.py", may_create=True)
    clean = 'def double(value: int) -> int:\n    """Doubles."""\n    return 2 * value\n'
    verdict = gate.judge(task, candidate=candidate_of(root, {"fresh.py": clean}))
    assert verdict.passed, verdict.objections
    faulty = clean.replace("value: int", "value: list = []")
    verdict = gate.judge(task, candidate=candidate_of(root, {"fresh.py": faulty}))
    assert {f.rule for f in verdict.added} == {"B006"}


def test_a_file_that_appeared_meanwhile_is_stale(gate: StaticGate, root: Path) -> None:
    task = request_of(root, "fresh.py", may_create=True)
    candidate = candidate_of(root, {"fresh.py": "x = 1\n"})
    (root / "fresh.py").write_text("y = 2\n")
    with pytest.raises(Stale):
        gate.judge(task, candidate=candidate)


def test_a_file_beyond_the_task_is_refused(gate: StaticGate, root: Path) -> None:
    task = repair_of(root, _finding(gate, root, "B006"))
    after = edited(root, "till.py", old="[1]", new="[2]")
    verdict = gate.judge(task, candidate=candidate_of(root, after))
    assert _codes(verdict) >= {"outside"}


def test_judging_leaves_the_tree_alone_and_forgets_the_candidate(
    gate: StaticGate, root: Path
) -> None:
    before = {p: p.read_bytes() for p in root.rglob("*")}
    after = edited(root, "shop.py", old=BROKEN, new=FIXED)
    assert _judge(gate, root, after).passed
    assert {p: p.read_bytes() for p in root.rglob("*")} == before
    assert _finding(gate, root, "B006").rule == "B006"


def test_the_base_is_asked_about_once(gate: StaticGate, root: Path, words: WordAnalyzer) -> None:
    after = edited(root, "shop.py", old=BROKEN, new=FIXED)
    assert _judge(gate, root, after).passed
    calls = len(words.calls)
    assert _judge(gate, root, after).passed
    assert len(words.calls) == calls + 1


def test_many_candidates_are_judged_side_by_side(gate: StaticGate, root: Path) -> None:
    task = repair_of(root, _finding(gate, root, "B006"))
    good = candidate_of(root, edited(root, "shop.py", old=BROKEN, new=FIXED))
    bad = candidate_of(root, edited(root, "shop.py", old="Adds up.", new="Adds."))
    passed: list[tuple[bool, bool]] = []

    def judge(honest: bool) -> None:
        verdict = gate.judge(task, candidate=good if honest else bad)
        passed.append((honest, verdict.passed))

    threads = [threading.Thread(target=judge, args=(n % 2 == 0,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(passed) == [(False, False)] * 4 + [(True, True)] * 4


def test_the_tools_own_fix_goes_through_the_same_gate(gate: StaticGate, root: Path) -> None:
    finding = _finding(gate, root, "E711")
    assert finding.fix is not None
    after = edited(root, "shop.py", old="value == None", new="value is None")
    candidate = candidate_of(root, after, source=Source.TOOL)
    verdict = gate.judge(repair_of(root, finding), candidate=candidate)
    assert verdict.passed, verdict.objections


def test_rules_narrow_a_survey_and_may_lie_outside_the_profile(
    gate: StaticGate, root: Path
) -> None:
    assert {f.rule for f in gate.survey(root, paths=(), rules=["E7"]).findings} == {"E711", "E722"}
    outside = gate.survey(root, paths=(), rules=["ANN201"])
    assert {f.rule for f in outside.findings} == {"ANN201"}
    assert [check.tool for check in outside.checks] == ["ruff"]
    with pytest.raises(BadInput, match="NOPE1"):
        gate.survey(root, paths=(), rules=["B006", "NOPE1"])


def test_a_rule_outside_the_profile_can_be_repaired(gate: StaticGate, root: Path) -> None:
    survey = gate.survey(root, paths=["till.py"], rules=["T201"])
    task = repair_of(root, survey.findings[0])
    same = candidate_of(root, edited(root, "till.py", old="[1]", new="[2]"))
    verdict = gate.judge(task, candidate=same)
    assert "target-remains" in _codes(verdict)


def test_paths_narrow_a_survey(gate: StaticGate, root: Path) -> None:
    put(root, {"pkg/a.py": "import os\n", "pkgs/b.py": "import os\n"})
    assert {f.path for f in gate.survey(root, paths=["pkg"]).findings} == {"pkg/a.py"}
    assert gate.survey(root, paths=["till.py", "./pkg/"]).files == 2
    assert gate.survey(root, paths=["."]).files == 4


@pytest.mark.parametrize("path", ["missing.py", "/etc", "../x.py", "notes.txt", "link", "a\0"])
def test_a_path_that_cannot_be_surveyed_is_bad_input(
    gate: StaticGate, root: Path, path: str
) -> None:
    put(root, {"notes.txt": "hello"})
    (root / "link").symlink_to("/etc")
    with pytest.raises(BadInput):
        gate.survey(root, paths=[path])


def test_what_a_person_silenced_is_not_offered(gate: StaticGate, root: Path) -> None:
    put(root, {"shop.py": SHOP.replace("except:", "except:  # noqa: E722")})
    assert {f.rule for f in gate.survey(root, paths=()).findings} == {"B006", "E711"}
    put(root, {"shop.py": "# ruff: noqa\n" + SHOP})
    assert gate.survey(root, paths=()).findings == ()


def test_cards_explain_rules(gate: StaticGate, root: Path) -> None:
    card = gate.explain(_finding(gate, root, "B006"))
    assert card.name == "mutable-argument-default"
    assert "some_list=[]" in card.example
    assert "some_list=None" in card.instead
