"""Answers that are stopped early: nothing that could still be read is lost."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds import GOOD, World

import playground
from playground.domain.changes import split_lines
from playground.domain.ports import Chunk, Finish, Generation, GenerationRequest
from playground.domain.regions import region_at, region_text
from playground.domain.tasks import Region
from playground.orchestrator.answers import rewritten
from playground.orchestrator.ending import Watch, hopeless
from playground.testing.engine import FakeEngine

BASE = "import os\n\n\ndef size(path):\n    return os.stat(path)\n\n\ndef other():\n    return 1\n"
REGION = region_at("a.py", text=BASE, line=5)
WATCH = Watch(REGION, region_text(BASE, REGION))
NEW = "def size(path: str) -> int:\n    return os.stat(path).st_size\n"


def written(code: str) -> str:
    return f"Change: it.\n\n```python\n{code}```\n"


def stopped(text: str, *, watch: Watch = WATCH) -> tuple[int, str, str]:
    """Returns after how many characters the answer is stopped, its text and its defect."""
    for end in range(1, len(text) + 1):
        if text[end - 1] not in "\n`":
            continue
        ending = watch.ending(text[:end])
        if ending is not None:
            return end, ending.text, ending.defect
    return len(text), text, ""


SOURCES = sorted(Path(playground.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize(
    "path",
    [
        *SOURCES[::69],
        *(pytest.param(p, marks=pytest.mark.slow) for n in (23, 46) for p in SOURCES[n::69]),
    ],
    ids=lambda path: path.name,
)
def test_the_beginning_of_valid_code_is_never_given_up(path: Path) -> None:
    lines = split_lines(path.read_text(encoding="utf-8"))
    assert not [count for count in range(1, len(lines), 5) if hopeless("".join(lines[:count]))]


@pytest.mark.parametrize(
    "code",
    [
        "x = 1 +\ny = 2\nz = 3\n",
        "try:\n    a()\nb = 1\nc = 2\n",
        "def f():\nreturn 1\nx = 1\n",
    ],
)
def test_what_no_continuation_can_mend_is_given_up(code: str) -> None:
    with pytest.raises(SyntaxError):
        ast.parse(code)
    assert hopeless(code)


@pytest.mark.parametrize(
    "code", ["x = [\n  1,\n", 'x = """\nfoo bar(\n', "try:\n    a()\n", "@cached\n", "x = 1 + \\\n"]
)
def test_what_is_only_unfinished_goes_on(code: str) -> None:
    assert not hopeless(code)


def test_an_answer_is_over_with_its_code_block() -> None:
    text = written(NEW)
    end, kept, defect = stopped(f"{text}\nThis makes sure that the size is returned.\n")
    assert (kept, defect) == (text, "")
    assert end < len(text)


@pytest.mark.parametrize(
    "more",
    [
        "\n\ndef other():\n    return 2\n\n\nclass Third:\n    pass\n",
        "\nprint(size('.'))\nprint(2)\n",
        "\n@cached\ndef other():\n    return 2\n\n\nx = 1\n",
    ],
)
def test_what_follows_the_definition_is_not_waited_for(more: str) -> None:
    whole = written(f"import stat\n\n{NEW}{more}")
    end, kept, defect = stopped(whole)
    assert defect == ""
    assert end < len(whole) - 5
    results = [rewritten(BASE, region=REGION, answer=text) for text in (whole, kept)]
    assert results[0] == results[1]
    assert "st_size" in results[0]
    assert "return 2" not in results[0]


def test_an_answer_that_repeats_itself_ends_with_a_reason() -> None:
    end, _, defect = stopped(written("x = 1\n" * 200))
    assert defect == "The answer ran on far past the code that was asked for."
    assert end < 300


def test_code_that_cannot_become_valid_ends_with_a_reason() -> None:
    end, _, defect = stopped(written("def size(path) -> int\n    return 1\n" + "# more\n" * 9))
    assert defect == "The answer's code is not valid Python."
    assert end < 80
    broken = Watch(Region("a.py", 1, 2, "size", "function"), "def size(path)\n    return 1\n")
    assert stopped(written("x = = 1\ny = 2\nz = 3\n"), watch=broken)[2] == ""


class _Chatty(FakeEngine):
    """Goes on after its code block until it is cancelled."""

    cancelled = False
    pieces = 0

    def stream(self, request: GenerationRequest) -> Iterator[Chunk]:
        done = self.generate(request)
        yield Chunk(done.text)
        while not self.cancelled and self.pieces < 50:
            self.pieces += 1
            yield Chunk("More words.\n")
        yield Chunk("", Generation(done.text, Finish.CANCELLED, done.usage, "fake-1", "1"))

    def cancel(self, request_id: str) -> bool:
        self.cancelled = request_id == self.asked[-1].id
        return self.cancelled


def test_an_engine_that_goes_on_is_cancelled_and_its_answer_is_good() -> None:
    world = World()
    engine = world.engine = _Chatty(lambda _: written(GOOD))
    world.desk = world.new_desk(type(world.desk))
    run = world.run()
    assert run.waiting is not None
    assert engine.cancelled
    assert 0 < engine.pieces < 12
    assert engine.asked[0].shared_chars > 0
