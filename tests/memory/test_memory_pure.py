"""The parts of the memory that need no disk."""

from __future__ import annotations

import random
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_samples import PLAIN

from playground.domain.errors import BadInput, StorageUnavailable
from playground.memory import rows
from playground.memory.fusion import fuse
from playground.memory.locations import located
from playground.memory.trouble import translated
from playground.security.secrets import redact_hunks

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)
RANKINGS = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=8), max_size=4)


@given(rankings=RANKINGS)
def test_fusing_keeps_every_id_once_and_sorts_by_score(rankings: list[list[str]]) -> None:
    fused = fuse(rankings)
    assert {identifier for identifier, _ in fused} == {i for ranking in rankings for i in ranking}
    assert len({identifier for identifier, _ in fused}) == len(fused)
    scores = [score for _, score in fused]
    assert scores == sorted(scores, reverse=True)
    assert all(score > 0 for score in scores)


@given(ranking=st.lists(st.sampled_from("abcdefgh"), unique=True))
def test_one_list_keeps_its_order(ranking: list[str]) -> None:
    assert [identifier for identifier, _ in fuse([ranking])] == ranking


def test_who_is_second_twice_beats_who_is_first_once() -> None:
    assert [identifier for identifier, _ in fuse([["a", "b"], ["c", "b"]])] == ["b", "a", "c"]


@given(text=ANY_TEXT)
def test_words_hold_no_operator_of_any_query_language(text: str) -> None:
    words = rows.words(text).split(" ")
    assert len(words) <= rows.WORDS_MAX
    for word in words:
        assert len(word) <= rows.WORD_CHARS_MAX
        assert word == "" or all(letter.isalnum() or letter == "_" for letter in word)


def test_words_are_said_once_in_their_order() -> None:
    assert rows.words("Raise from_e, raise `B904`! " + "z" * 41) == "raise from_e b904"


@given(text=ANY_TEXT)
def test_storable_text_can_be_written_and_is_left_alone_if_it_could(text: str) -> None:
    stored = rows.storable(text)
    stored.encode()
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        assert stored == text


def test_roots_that_differ_in_bytes_that_are_no_utf8_stay_apart() -> None:
    assert rows.storable("/a/\udcfe") != rows.storable("/a/\udcff")


@given(text=ANY_TEXT, number=st.floats(allow_nan=False))
def test_an_episode_becomes_a_row_and_back(text: str, number: float) -> None:
    episode = rows.scrubbed(replace(PLAIN, goal=text, rule=text, decided_at=number))
    row = rows.row(episode, vector=[1.0])
    assert rows.episode(row) == episode
    assert row["text"] == episode.text[: rows.TEXT_CHARS_MAX]


def test_every_free_text_of_an_episode_is_scrubbed() -> None:
    key = "AKIA" + "Q3EXAMPLE7ZXKLMN"
    free = ("goal", "message", "rule_summary", "before", "after", "diff", "reason")
    episode = replace(PLAIN, **dict.fromkeys(free, f"key = {key}"))
    assert key not in repr(rows.row(rows.scrubbed(episode), vector=[]))


def _private_key() -> list[str]:
    """Returns the lines of a key that was never anybody's."""
    chance = random.Random(7)
    letters = string.ascii_letters + string.digits + "+/"
    body = ["".join(chance.choices(letters, k=64)) for _ in range(24)]
    kind = "RSA PRIVATE KEY"
    return [f"-----BEGIN {kind}-----", *body, f"-----END {kind}-----"]


@pytest.mark.parametrize("sign", ["-", "+"])
@pytest.mark.parametrize("part", [slice(None), slice(4, 9), slice(4, None), slice(0, 9)])
@pytest.mark.parametrize("indent", ["", "    "])
def test_a_private_key_among_changed_lines_is_scrubbed(
    sign: str, part: slice[int | None], indent: str
) -> None:
    key = _private_key()
    code = "".join(f"{indent}{line}\n" for line in ['KEY = """', *key, '"""'])
    other = 'KEY = os.environ["KEY"]\n'
    changed = [f"{indent}{line}" for line in key[part]]
    diff = "shop/keys.py\n" + "".join(f"{sign}{line}\n" for line in [*changed, "spam = 1"])
    before, after = (code, other) if sign == "-" else (other, code)
    scrubbed = rows.scrubbed(replace(PLAIN, before=before, after=after, diff=diff))
    row = repr(rows.row(scrubbed, vector=[]))
    assert not [line for line in key[1:-1] if line in row]
    assert f"{sign}spam = 1\n" in scrubbed.diff
    assert rows.scrubbed(scrubbed) == scrubbed


@given(
    lines=st.lists(st.tuples(st.sampled_from(["-", "+", "", " "]), ANY_TEXT), max_size=8),
    text=ANY_TEXT,
)
def test_changed_lines_without_a_secret_stay_as_they_are(
    lines: list[tuple[str, str]], text: str
) -> None:
    diff = "".join(f"{sign}{line}\n" for sign, line in lines)
    assert redact_hunks(diff, texts=(text,)) == diff


class _Panic(BaseException):
    """What a crash inside a Rust library looks like from here."""


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (OSError(28, "No space left on device"), "free some disk space and try again."),
        (RuntimeError("LanceError(IO): x (os error 28), y"), "free some disk space and try again."),
        (PermissionError(13, "Permission denied"), "make the folder readable and writable."),
        (RuntimeError("Read-only file system (os error 30)"), "folder readable and writable."),
        (OSError(24, "Too many open files"), "raise the limit of open files and try again."),
        (RuntimeError("invalid magic\nbacktrace"), "to make it anew from the journal."),
        (_Panic(), "to make it anew from the journal."),
        (ValueError("x" * 1_000), "to make it anew from the journal."),
    ],
)
def test_trouble_becomes_one_sentence_with_a_remedy(error: BaseException, remedy: str) -> None:
    with pytest.raises(StorageUnavailable) as caught, translated(located("/memory")):
        raise error
    message = str(caught.value)
    assert message.startswith("The memory in /memory cannot be used (")
    assert message.endswith(remedy)
    assert "\n" not in message
    assert len(message) < 300
    assert caught.value.__cause__ is error


def test_what_a_library_says_about_itself_is_left_out_of_the_sentence() -> None:
    said = "No space left on device (os error 28)"
    place = "/root/.cargo/registry/src/index.crates.io-1949cf8c6b/lance-io-9.1/src/local.rs:120:9"
    with pytest.raises(StorageUnavailable) as caught, translated(located("/memory")):
        raise RuntimeError(f"lance error: LanceError(IO): {said}, {place}")
    assert f"({said}); free" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("IO { body: Some(<Code>NoSuchBucket</Code>) }", ": there is no such bucket; make it, or"),
        ("a <Code>InvalidAccessKeyId</Code> b", ": the storage does not know the credentials; "),
        ("Server returned non-2xx status code: 403 Forbidden", ": the credentials may not use it;"),
        ("Failed to get AWS credentials: x status 403", ": no credentials were found; put them"),
        ("Generic S3 error: connection refused", "; check its address, the credentials and the"),
    ],
)
def test_what_object_storage_refuses_is_said_in_words(text: str, told: str) -> None:
    with pytest.raises(StorageUnavailable) as caught, translated(located("s3://bucket/memory")):
        raise RuntimeError(text)
    assert told in str(caught.value)
    with pytest.raises(StorageUnavailable, match="memory repair"), translated(located("/memory")):
        raise RuntimeError(text)


@pytest.mark.parametrize("error", [BadInput("Say it."), KeyboardInterrupt(), SystemExit(3)])
def test_our_own_errors_and_interrupts_pass_through(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, translated(located("/memory")):
        raise error
    assert caught.value is error
