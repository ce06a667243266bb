from __future__ import annotations

import ast
import io
import sys
import tokenize
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers.gate.neutralise import neutralise
from playground.domain.syntax import parse
from playground.security.comments import comments_of
from playground.security.suppressions import added_suppressions, suppressions_of

SILENCING = [
    "# noqa",
    "# NoQA: E501, F401",
    "#noqa:E501",
    "# ruff: noqa",
    "# ruff: noqa: F401",
    "# ruff: ignore[F401]",
    "# ruff: disable[E501]",
    "# flake8: noqa",
    "# type: ignore",
    "# type:ignore[attr-defined]",
    "# pyright: ignore[reportReturnType]",
    "# pyright: basic",
    "# pyright: strict",
    "# pyright: reportReturnType=false",
    "# basedpyright: ignore",
    "# mypy: ignore-errors",
    "# ty: ignore",
    "# pyrefly: ignore",
    "# pyre-ignore[16]",
    "# pytype: disable=attribute-error",
    "# pylint: disable=all",
    "# nosec B602",
    "# nosemgrep",
    "# pragma: allowlist secret",
    "# why not  # noqa: E501",
]
KEPT = [
    "# pragma: no cover",
    "# fmt: off",
    "# says no",
    "# type: int",
    "# isort: skip",
    "# ruffian",
]


@pytest.mark.parametrize("comment", SILENCING)
def test_blanks_what_silences(comment: str) -> None:
    text = f"x = 1  {comment}\r\n{comment}\ny = 2"
    blank = " " * len(comment)
    assert neutralise(text) == f"x = 1  {blank}\r\n{blank}\ny = 2"
    assert suppressions_of(text)


@pytest.mark.parametrize("comment", KEPT)
def test_keeps_other_comments(comment: str) -> None:
    text = f"x = 1  {comment}\n"
    assert neutralise(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "x = '# noqa'\n",
        'x = """\n# noqa\n"""\n',
        "x = r'\\'  # fine\ny = '# type: ignore'\n",
        "x = f'{a} # noqa'\n",
        "x = 'a\\\n# noqa'\n",
        "x = b'''# noqa '' '''\n",
        "x = '# noqa",
        'x = """# noqa\n',
    ],
)
def test_never_changes_strings(text: str) -> None:
    assert neutralise(text) == text


def test_works_where_python_gives_up() -> None:
    assert neutralise("def f(:  # noqa\n  (((") == "def f(:        \n  ((("


PIECES = st.sampled_from(
    [
        "# noqa",
        "# type: ignore",
        "'",
        '"',
        "'''",
        '"""',
        "\\",
        "\n",
        "\r\n",
        "\r",
        "x = 1",
        " ",
        "f'",
        "{",
        "}",
        "(",
        "#",
    ]
)


@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=30).map("".join)))
def test_properties(text: str) -> None:
    blank = neutralise(text)
    assert len(blank) == len(text)
    assert [c for c in blank if c in "\r\n"] == [c for c in text if c in "\r\n"]
    assert neutralise(blank) == blank
    tree = parse(text)
    if tree is not None:
        after = parse(blank)
        assert after is not None
        assert ast.dump(after, include_attributes=True) == ast.dump(tree, include_attributes=True)


def _tokenizer_comments(text: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text, newline="").readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def test_the_scan_finds_exactly_the_comments_of_the_tokenizer() -> None:
    folder = Path(ast.__file__).parent
    for path in sorted(folder.glob("[a-d]*.py")):
        text = path.read_bytes().decode("utf-8", "replace")
        assert [comment.text for comment in comments_of(text)] == _tokenizer_comments(text), path


def test_comments_know_their_places() -> None:
    text = "a = 1  # one\n\n    # two\n"
    one, two = comments_of(text)
    assert (one.line, one.alone, text[one.start : one.end]) == (1, False, "# one")
    assert (two.line, two.alone, two.text) == (3, True, "# two")


def test_added_codes_count_and_words_do_not() -> None:
    assert (
        added_suppressions("x  # noqa: E501\n", "x  # noqa: E501 because it is a link\n").total()
        == 0
    )
    assert set(added_suppressions("x  # noqa: E501\n", "x  # noqa: E501,F401\n")) == {"noqa F401"}
    assert added_suppressions("x  # noqa\ny\n", "x\ny  # noqa\n").total() == 0


def test_other_files_are_searched_for_their_own_directives() -> None:
    assert suppressions_of("// eslint-disable-next-line no-eval\n", path="a.ts").total() == 1
    assert suppressions_of("# noqa\n", path="README.md").total() == 0


def test_nested_strings_from_python_3_12_on() -> None:
    text = "x = f'{a['# noqa']}'  # noqa\n"
    if sys.version_info >= (3, 12):
        assert neutralise(text) == "x = f'{a['# noqa']}'        \n"
    else:
        assert len(neutralise(text)) == len(text)
