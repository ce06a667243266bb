"""Episodes as lines: written, read again, and refused where they are none."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_samples import PLAIN

from playground.domain.edit_shapes import edit_shape
from playground.domain.errors import BadInput
from playground.domain.exchange import FORMAT, LINE_CHARS_MAX, episode_line, read_episode

SHAPED = replace(PLAIN, shape=edit_shape(PLAIN.before, PLAIN.after))
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)


@given(goal=ANY_TEXT, path=ANY_TEXT, at=st.floats(allow_nan=False, allow_infinity=False))
def test_what_was_written_is_read_again(goal: str, path: str, at: float) -> None:
    episode = replace(SHAPED, goal=goal, path=path, decided_at=at, trusted=False)
    line = episode_line(episode)
    assert line.count("\n") == 1
    assert line.isascii()
    assert read_episode(line) == episode


def test_an_older_line_has_defaults_and_no_shape_is_believed() -> None:
    held = asdict(PLAIN)
    del held["trusted"], held["shape"]
    assert read_episode(json.dumps({"format": FORMAT, "episode": held})) == SHAPED
    assert read_episode(episode_line(replace(PLAIN, shape="f" * 16))) == SHAPED


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no JSON object"),
        ('{"format": 2, "episode": {}}', "update Playground"),
        ('{"format": 1}', "no JSON object"),
        ('{"format": 1, "episode": {"id": "x"}}', "'root' is missing"),
        (episode_line(PLAIN).replace('"trusted":true', '"trusted":1'), "'trusted'"),
        (episode_line(PLAIN).replace('"trusted"', '"rank"'), "unknown field 'rank'"),
        (episode_line(replace(PLAIN, outcome="great")), "outcome"),
        (episode_line(replace(PLAIN, id="")), "id"),
        (episode_line(PLAIN).replace("1000.0", "1" * 400), "'decided_at'"),
        (episode_line(PLAIN).replace("1000.0", "1e999"), "'decided_at'"),
        (episode_line(PLAIN).replace("1000.0", "NaN"), "'decided_at'"),
        (" " * (LINE_CHARS_MAX + 1), "longer than"),
    ],
)
def test_a_line_that_is_no_episode_is_refused(line: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read_episode(line)


def test_a_line_of_a_large_region_is_read_again() -> None:
    large = "é" * 500_000  # 1 MB, which is what a file may have
    line = episode_line(replace(PLAIN, before=large, after=""))
    assert read_episode(line).before == large
    assert 8 * len(line) < LINE_CHARS_MAX
