"""Tokens of any text: no text makes the same characters be looked at again and again."""

from __future__ import annotations

import time

import pytest

from playground.domain.lexing import Language, tokens_of


@pytest.mark.parametrize("text", ["=/[", "=/\\", "`\\", '"\\'])
def test_a_text_full_of_beginnings_costs_little(text: str) -> None:
    start = time.process_time()
    assert list(tokens_of(text * 20_000, language=Language.JAVASCRIPT))
    assert time.process_time() - start < 2.0
