from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.security.unicode import (
    control_characters,
    has_surrogates,
    hidden_characters,
    new_hidden_characters,
)


@pytest.mark.parametrize(
    "code",
    [0x202E, 0x2066, 0x200B, 0x200D, 0x2060, 0xFEFF, 0xAD, 0x3164, 0xE0041, 0xE0100, 0x61C, 0x2800],
)
def test_hidden(code: int) -> None:
    assert hidden_characters(f"a{chr(code)}b") == {f"U+{code:04X}": 1}


@pytest.mark.parametrize("code", [0, 7, 0x0B, 0x1B, 0x7F, 0x85, 0x9F, 0x2028, 0x2029])
def test_control(code: int) -> None:
    assert control_characters(f"a{chr(code)}b") == {f"U+{code:04X}": 1}


def test_ordinary_text() -> None:
    text = "a\tb\r\n\x0c \u00e9 \u4e2d\u6587 \U0001f600 \u2764\ufe0f \u00a0"
    assert not hidden_characters(text)
    assert not control_characters(text)
    assert not has_surrogates(text)
    assert has_surrogates("\udc80")


@given(st.text(max_size=100))
def test_nothing_is_new_in_the_same_text(text: str) -> None:
    assert new_hidden_characters(text, text) == []
    assert new_hidden_characters(text, text + "\u202e") == ["U+202E"]
