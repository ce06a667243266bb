"""Whole prompts as they are sent, kept as files, so that a change of a word is seen in review.

After a wanted change remove the files and run this twice.
"""

from __future__ import annotations

import pytest
from prompt_snapshots import CASES, KINDS, told


@pytest.mark.parametrize("kind", KINDS)
def test_a_question_is_put_as_the_file_says(kind: str) -> None:
    file = CASES / f"{kind}.txt"
    text = told(kind)
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        pytest.fail(f"{file} was not there and is now; read it.")
    assert text == file.read_text("utf-8")


def test_every_file_belongs_to_a_kind_of_question() -> None:
    assert {path.stem for path in CASES.iterdir()} == set(KINDS)
