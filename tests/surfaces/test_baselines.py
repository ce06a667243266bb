"""Baseline files: what was there does not count, wherever it went; what is new always does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.domain.errors import BadInput
from playground.domain.findings import Finding, Severity, Span
from playground.domain.verdicts import Check, CheckStatus
from playground.surfaces.reporting.baselines import (
    against,
    baseline_text,
    is_baseline,
    read_baseline,
    updated,
)
from playground.surfaces.reporting.checked import Checked, Known, State, known_of


def finding(number: int, *, path: str = "a.py", ordinal: int = 0, tool: str = "ruff") -> Finding:
    return Finding(
        *(tool, f"R{number}", f"message {number}", path, Span(number + 1, 1, number + 1, 2)),
        severity=Severity.NOTE,
        line_text=f"line {chr(97 + number)}",
        ordinal=ordinal,
    )


def compared(
    *findings: Finding,
    baseline: tuple[Known, ...],
    there: frozenset[str] = frozenset({"a.py"}),
    status: CheckStatus = CheckStatus.OK,
) -> Checked:
    checked = Checked("/r", findings, (Check("ruff", "1", status),), ())
    return against(
        checked,
        baseline=baseline,
        name="baseline b.json",
        covers=lambda known: known.path != "elsewhere.py",
        exists=there.__contains__,
    )


def baseline_of(*findings: Finding) -> tuple[Known, ...]:
    return tuple(known_of(f) for f in findings)


def test_a_file_is_read_back_and_can_be_compared_by_lines(tmp_path: Path) -> None:
    known = baseline_of(finding(2), finding(1), finding(1, path="Ä.py", ordinal=1))
    text = baseline_text(known)
    assert text == baseline_text(reversed(known))
    assert text.isascii()
    assert is_baseline(text)
    assert len(text.splitlines()) == 4 + 3 + 2
    (tmp_path / "b.json").write_text(text)
    assert set(read_baseline(tmp_path / "b.json")) == set(known)
    (tmp_path / "b.json").write_text(baseline_text(()))
    assert read_baseline(tmp_path / "b.json") == ()


def test_one_more_finding_is_one_more_line() -> None:
    few = baseline_text(baseline_of(finding(1), finding(3))).splitlines()
    more = baseline_text(baseline_of(finding(1), finding(2), finding(3))).splitlines()
    assert len(set(more) - set(few)) == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is broken"),
        ("[" * 100_000, "is broken"),
        ("[]", "no baseline"),
        ('{"version": "2.1.0", "runs": []}', "no baseline"),
        ('{"format": "playground-baseline", "version": 2}', "version 2"),
        ('{"format": "playground-baseline", "version": 1}', "is broken"),
        ('{"format": "playground-baseline", "version": 1, "findings": [1]}', "is broken"),
        ('{"format": "playground-baseline", "version": 1, "findings": [{"path": 1}]}', "is broken"),
    ],
)
def test_a_broken_file_is_said_in_one_sentence(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(BadInput, match=why) as caught:
        read_baseline(tmp_path / "b.json")
    assert str(caught.value).endswith("--write-baseline.")


def test_a_missing_file_and_a_link_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no baseline"):
        read_baseline(tmp_path / "b.json")
    (tmp_path / "b.json").symlink_to("/etc/passwd")
    with pytest.raises(BadInput, match="link"):
        read_baseline(tmp_path / "b.json")


def test_moved_lines_change_nothing() -> None:
    moved = replace(finding(1), span=Span(50, 9, 50, 10))
    result = compared(moved, baseline=baseline_of(finding(1)))
    assert result.state(moved) is State.UNCHANGED
    assert (result.counted, result.absent, result.unchanged) == ((), (), 1)
    assert result.exit_code == 0


def test_equal_findings_are_counted() -> None:
    three = [finding(1, ordinal=n) for n in range(3)]
    result = compared(*three, baseline=baseline_of(*three[:2]))
    assert result.counted == (three[2],)
    fewer = compared(three[0], baseline=baseline_of(*three))
    assert len(fewer.absent) == 2
    assert fewer.exit_code == 0


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), unique=True),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), unique=True),
)
def test_new_and_gone_are_exactly_the_differences(
    before: list[tuple[int, int]], now: list[tuple[int, int]]
) -> None:
    old = [finding(number, ordinal=ordinal) for number, ordinal in before]
    new = [finding(number, ordinal=ordinal) for number, ordinal in now]
    result = compared(*new, baseline=baseline_of(*old))
    assert {f.fingerprint for f in result.counted} == {f.fingerprint for f in new} - {
        f.fingerprint for f in old
    }
    assert {k.fingerprint for k in result.absent} == {f.fingerprint for f in old} - {
        f.fingerprint for f in new
    }
    assert result.unchanged == len(set(before) & set(now))


def test_a_renamed_file_keeps_its_findings() -> None:
    old = [finding(n, path="old.py") for n in range(3)]
    new = [finding(n, path="new.py") for n in range(2)] + [finding(4, path="new.py")]
    result = compared(*new, baseline=baseline_of(*old), there=frozenset({"new.py"}))
    assert result.counted == (new[2],)
    assert [k.rule for k in result.absent] == ["R2"]


def test_a_copy_of_a_file_that_is_still_there_is_new() -> None:
    old = finding(1, path="old.py")
    copy = finding(1, path="new.py")
    there = frozenset({"old.py", "new.py"})
    assert compared(old, copy, baseline=baseline_of(old), there=there).counted == (copy,)
    # the original is mended and a copy has the fault
    assert compared(copy, baseline=baseline_of(old), there=there).counted == (copy,)


def test_another_file_with_few_of_the_findings_is_no_rename() -> None:
    old = [finding(n, path="old.py") for n in range(4)]
    one = finding(1, path="new.py")
    assert compared(one, baseline=baseline_of(*old), there=frozenset({"new.py"})).counted == (one,)


def test_silence_and_what_was_not_asked_about_are_not_gone() -> None:
    old = baseline_of(finding(1), finding(2, path="elsewhere.py"), finding(3, tool="pyright"))
    assert [k.rule for k in compared(baseline=old).absent] == ["R1"]
    silent = compared(baseline=old, status=CheckStatus.CRASHED)
    assert silent.absent == ()
    assert silent.exit_code == 3


def test_a_part_that_was_not_asked_about_is_kept() -> None:
    before = baseline_of(finding(1, path="kept.py"), finding(2))
    checked = Checked("/r", (finding(3),), (), ())
    now = updated(checked, before=before, covers=lambda known: known.path == "a.py")
    assert [k.rule for k in now] == ["R1", "R3"]
    assert json.loads(baseline_text(now))["findings"][0]["rule"] == "R3"
