"""YAML from anywhere is data: whatever it holds, the answer is leaves or `BadConfiguration`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from playground.config.reading import parse_layer, parse_value, read_own
from playground.config.settings import Leaf, merge, nested
from playground.domain.errors import BadConfiguration

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"


def layer_of(text: str) -> dict[tuple[str, ...], Leaf]:
    return parse_layer(text, section="tools", origin="f.yaml")


def test_leaves_know_their_line() -> None:
    found = layer_of("a: 1\n\nb:\n  c: [x, 'y']\n  d: null\n")
    assert found == {
        ("tools", "a"): Leaf(1, "f.yaml:1"),
        ("tools", "b", "c"): Leaf(["x", "y"], "f.yaml:4"),
        ("tools", "b", "d"): Leaf(None, "f.yaml:5"),
    }


@pytest.mark.parametrize("text", ["", "# only a comment\n", "null\n", "---\n...\n", "{}"])
def test_nothing_is_no_error(text: str) -> None:
    assert layer_of(text) == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\nb: 2\na: 3\n", "f.yaml:1 already"),
        ("b:\n  a: 1\n  a: 1\n", "tools.b.a"),
        (BOMB, "aliases"),
        ("a: &x {b: *x}\n", "aliases"),
        ("- a\n", "key: value"),
        ("text\n", "key: value"),
        ("1: a\n", "a key must be a word"),
        ("yes: a\n", "a key must be a word"),
        ("[a]: b\n", "a key must be a word"),
        ("<<: {a: 1}\n", "a key must be a word"),
        ("a: !!python/object/apply:os.system [id]\n", "plain value"),
        ("a: !!python/name:os.system\n", "plain value"),
        ("a: !!binary aGk=\n", "plain value"),
        ("a: !!set {x}\n", "plain value"),
        ("a: 2026-01-01\n", "quotation marks"),
        ("a: 1:30\n", "quotation marks"),
        ("a: 0x1F\n", "quotation marks"),
        ("a: {{b}}\n", "word"),
        ("a: [\n", "not plain YAML"),
        ("a: b: c\n", "not plain YAML"),
        ("a: \x00\n", "not plain YAML"),
        ("a: 1\n---\nb: 2\n", "not plain YAML"),
        ("{a: " * 200 + "1" + "}" * 200, "nested"),
        ("[" * 30_000, "nested"),
        ("a: 1" + "0" * 6000 + "\n", "cannot be read"),
    ],
)
def test_says_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        layer_of(text)
    assert reason in str(caught.value)
    assert "f.yaml" in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-1_000", -1000),
        ("0.5", 0.5),
        ("true", True),
        ("False", False),
        ("off", "off"),
        ("~", None),
        ("", None),
        ("'3'", "3"),
        ("code --wait", "code --wait"),
        ("[a, 1]", ["a", 1]),
        ("# nothing", None),
    ],
)
def test_values(text: str, value: object) -> None:
    assert parse_value(text, path=("a",), origin="here") == value


PIECES = st.lists(
    st.one_of(
        st.sampled_from(["a", "b:", ": ", "\n", "  ", "- ", "[", "]", "{", "}", ", ", "&x ", "*x"]),
        st.sampled_from(["!!int ", "!t ", "'", '"', "#", "|", ">", "?", "<<", "%", "---\n", "..."]),
        st.sampled_from(["1", ".inf", "0x", "\t", "\r", "\ufeff", "\u2028", "é", "\x07", "yes"]),
        st.sampled_from(["~", "1e5", "1:2", "=", "!!float x", "!!null x", "!!bool x", "!!map "]),
    ),
    max_size=30,
).map("".join)


def sentence_from(read: Callable[[], object]) -> str:
    try:
        read()
    except BadConfiguration as error:
        return str(error)
    return ""


@given(st.one_of(st.text(max_size=80), PIECES))
@example("a: !!int 'x'")
@example("\ud800")
@example("!!float .")
@example("? a")
def test_any_text_gives_leaves_or_one_sentence(text: str) -> None:
    for sentence in (
        sentence_from(lambda: layer_of(text)),
        sentence_from(lambda: parse_value(text, path=("a",), origin="--set")),
    ):
        assert sentence.isprintable()


@given(st.binary(max_size=60))
def test_any_bytes_in_a_file(data: bytes) -> None:
    path = Path(os.environ["HOME"]) / "any.yaml"
    path.write_bytes(data)
    assert sentence_from(lambda: layer_of(read_own(path) or "")).isprintable()


def test_own_files_may_be_links_but_not_pipes(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("a: 1")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "real.yaml")
    assert read_own(tmp_path / "link.yaml") == "a: 1"
    assert read_own(tmp_path / "absent.yaml") is None
    assert read_own(tmp_path / "real.yaml" / "below.yaml") is None
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(BadConfiguration, match="regular"):
        read_own(tmp_path / "pipe.yaml")


WORDS = st.sampled_from(["a", "b", "c"])
PATHS = st.lists(WORDS, min_size=1, max_size=3).map(lambda words: ("tools", *words))
LAYERS = st.dictionaries(
    PATHS, st.one_of(st.none(), st.integers(0, 3)).map(lambda v: Leaf(v, "x")), max_size=5
)


@given(LAYERS, LAYERS)
def test_merged_layers_never_hold_a_group_and_a_value_of_one_name(
    below: dict[tuple[str, ...], Leaf], above: dict[tuple[str, ...], Leaf]
) -> None:
    merged = merge(merge({}, above=below), above=above)
    for path in merged:
        for length in range(1, len(path)):
            assert path[:length] not in merged
    for path, leaf in above.items():
        alone = all(p == path or p[: len(path)] != path for p in {*below, *above})
        shadowed = any(path[:n] in above for n in range(1, len(path)))
        if alone and not shadowed:
            assert merged[path] == leaf
    nested(merged)
