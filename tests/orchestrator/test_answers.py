"""Reading answers: what comes back is the file with exactly the region rewritten."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.domain.regions import region_at
from playground.orchestrator.answers import Unreadable, files_in, merged, rewritten

BASE = '''"""Doc."""

import os


class Box:
    """A box."""

    def size(self, items=[]):
        # how many
        return len(items)

    def name(self):
        return "box"


def other():
    return os.sep
'''


def _rewrite(answer: str, *, base: str = BASE, line: int = 9) -> str:
    return rewritten(base, region=region_at("a.py", text=base, line=line), answer=answer)


def test_a_dedented_method_gets_its_indentation_back() -> None:
    answer = (
        "```python\ndef size(self, items=None):\n    # how many\n    return len(items or [])\n```"
    )
    text = _rewrite(answer)
    assert text == BASE.replace("items=[]", "items=None").replace("len(items)", "len(items or [])")


def test_imports_before_the_code_move_to_the_imports() -> None:
    text = _rewrite(
        "```python\nimport json\nfrom os import path\n\ndef size(self):\n    return 1\n```"
    )
    assert "import os\nimport json\nfrom os import path\n" in text
    assert text.count("import json") == 1


def test_an_import_that_is_there_is_not_added_again() -> None:
    text = _rewrite("```python\nimport os\n\ndef other():\n    return os.sep\n```", line=18)
    assert text == BASE


def test_the_method_is_taken_out_of_a_whole_class() -> None:
    answer = "class Box:\n    def size(self, items=()):\n        return len(items)\n"
    text = _rewrite(answer)
    assert "def size(self, items=()):" in text
    assert "def name(self):" in text
    ast.parse(text)


def test_crlf_stays_crlf() -> None:
    base = BASE.replace("\n", "\r\n")
    text = _rewrite("```python\ndef size(self):\n    return 1\n```", base=base)
    assert text.count("\n") == text.count("\r\n")


def test_strings_over_several_lines_are_not_shifted() -> None:
    answer = '```python\ndef size(self):\n    return """a\n  b\n"""\n```'
    assert '"""a\n  b\n"""' in _rewrite(answer)


def test_an_open_fence_and_prose_around_it_are_read() -> None:
    assert "return 7" in _rewrite("Sure!\n```python\ndef size(self):\n    return 7")


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "```python\n```",
        "def something_else():\n    pass",
        "import os\n",
        "```python\nChange: return something else.\n```",
        "```python\ndef size(self):\n    return (\n```",
    ],
)
def test_what_is_no_rewrite_is_unreadable(answer: str) -> None:
    with pytest.raises(Unreadable):
        _rewrite(answer)


@given(st.text(max_size=400))
def test_no_answer_breaks_the_reader(answer: str) -> None:
    try:
        text = _rewrite(answer)
    except Unreadable:
        return
    assert text.endswith(BASE.partition("return len(items)\n")[2])


def test_a_request_merges_definitions_by_name_and_keeps_the_rest() -> None:
    code = (
        "import json\n\n"
        "LIMIT = 3\n\n"
        "class Box:\n    def name(self):\n        return 'new'\n\n\n"
        "def extra():\n    return json.dumps(LIMIT)\n"
    )
    text = merged(BASE, code=code)
    tree = ast.parse(text)
    names = [n.name for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)]
    assert names == ["Box", "other", "extra"]
    box = next(n for n in tree.body if isinstance(n, ast.ClassDef))
    assert {m.name for m in box.body if isinstance(m, ast.FunctionDef)} == {"name", "size"}
    assert "import os\nimport json\n" in text


def test_several_files_are_told_apart() -> None:
    answer = "FILE: a.py\n```python\nA = 1\n```\n\nFILE: pkg/b.py\n```python\nB = 2\n```\n"
    assert files_in(answer, bases={"a.py": None}, may_create=True) == {
        "a.py": "A = 1\n",
        "pkg/b.py": "B = 2\n",
    }
    with pytest.raises(Unreadable, match="not in scope"):
        files_in(answer, bases={"a.py": None}, may_create=False)
