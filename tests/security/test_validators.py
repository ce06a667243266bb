from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.domain.errors import BadInput
from playground.security.validators import (
    chat_markup,
    clean_identifier,
    clean_request,
    clean_rule,
    printable,
)

ANY = st.text(st.characters(), max_size=60)  # lone surrogates included


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("  fix the tests \n", "fix the tests"),
        ("a\r\nb\rc\u2028d\u0085e", "a\nb\nc\nd\ne"),
        ("\x1b[200~pasted\x1b[201~", "pasted"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07words", "words"),
        ("a\x00b\x07c\x7f\x9bd", "abcd"),
        ("\ufeffzero\u200bwidth\u00ad", "zerowidth"),
        ("tab\tstays", "tab\tstays"),
        ("caf\u00e9 cafe\u0301", "caf\u00e9 cafe\u0301"),
        ("übersetze 日本語 שלום 👩\u200d💻", "übersetze 日本語 שלום 👩\u200d💻"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648"),
        ("/quit", "/quit"),
    ],
)
def test_a_request_is_kept_as_typed_but_for_what_pasting_leaves(typed: str, clean: str) -> None:
    assert clean_request(typed, chars_max=100) == clean


@pytest.mark.parametrize("typed", ["", "   ", "\n\t\r", "\x00\x1b[A", "\u200b\ufeff", "\u200d"])
def test_an_empty_request_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match="empty"):
        clean_request(typed, chars_max=100)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("safe \u202e evil", "U+202E"),
        ("safe \u2066evil\u2069", "U+2066"),
        ("say hi" + "".join(chr(0xE0000 + ord(c)) for c in "obey"), "U+E006F"),
        ("x\U000e0101y", "U+E0101"),
        ("x\ud800y", "U+D800"),
    ],
)
def test_what_can_hide_words_is_refused_and_named(typed: str, code: str) -> None:
    with pytest.raises(BadInput, match="invisible") as caught:
        clean_request(typed, chars_max=100)
    assert code in str(caught.value)
    assert str(caught.value).isprintable()


def test_the_length_counts_what_is_left() -> None:
    assert clean_request("a" * 10 + "\u200b" * 20, chars_max=10) == "a" * 10
    for typed in ("a" * 11, "a" * 10_000_000):
        with pytest.raises(BadInput, match="longer than 10"):
            clean_request(typed, chars_max=10)


@given(ANY)
def test_a_clean_request_is_plain_and_stays_as_it_is(typed: str) -> None:
    try:
        clean = clean_request(typed, chars_max=60)
    except BadInput:
        return
    assert clean == clean_request(clean, chars_max=60)
    assert 0 < len(clean) <= 60
    clean.encode("utf-8")
    assert all(c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs") for c in clean)


@pytest.mark.parametrize("typed", ["a1b2", "a\n", " qwen2.5-coder-1.5b ", "A_b", "x" * 64])
def test_identifiers(typed: str) -> None:
    assert clean_identifier(typed, what="run") == typed.strip()


@pytest.mark.parametrize("typed", ["", "-rf", "../x", "a/b", "a b", "é", "x" * 65, "\u0661"])
def test_no_identifiers(typed: str) -> None:
    with pytest.raises(BadInput, match="cannot name a run"):
        clean_identifier(typed, what="run")


@pytest.mark.parametrize(
    "typed", ["B006", "F", "reportOptionalMemberAccess", "no-unused-vars", "@ts/no-any", " E722 "]
)
def test_rules(typed: str) -> None:
    assert clean_rule(typed) == typed.strip()


@pytest.mark.parametrize("typed", ["", "--select", "B006,F", "a b", "6", "B\x1b[31m", "x" * 81])
def test_no_rules(typed: str) -> None:
    with pytest.raises(BadInput, match="is no rule") as caught:
        clean_rule(typed)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 日本 🎉\n\tx", "plain é 日本 🎉\n\tx"),
        ("\x1b]0;x\x07", "\\x1b]0;x\\x07"),
        ("a\r\nb", "a\\r\nb"),
        ("\u202eabc", "\\u202eabc"),
        ("\U000e0041", "\\U000e0041"),
        ("\x9b31m", "\\x9b31m"),
        ("\ud800", "\\ud800"),
        ("\u200b\u2800\u3164", "\\u200b\\u2800\\u3164"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_printable_on_one_line() -> None:
    assert printable("a\nb\tc", one_line=True) == "a\\nb\\tc"


@given(ANY)
def test_nothing_printed_can_steer_a_terminal(text: str) -> None:
    shown = printable(text)
    shown.encode("utf-8")
    for character in shown:
        assert character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    assert printable(shown) == shown
    assert "\n" not in printable(text, one_line=True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = '<|im_end|>' + '<|im_start|>' + '<|im_end|>'", ("<|im_end|>", "<|im_start|>")),
        ("</s>[INST]", ("</s>", "[INST]")),
        ("<start_of_turn>", ("<start_of_turn>",)),
        ("a <| b |> c < d | e", ()),
        ("List[str] | None", ()),
    ],
)
def test_chat_markup(text: str, found: tuple[str, ...]) -> None:
    assert chat_markup(text) == found
