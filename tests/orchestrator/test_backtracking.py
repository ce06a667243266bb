"""Answers of a form that was not asked for: read where they are plain, else drawn again."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import CODE, GOOD, World

from playground.domain.candidates import Refused
from playground.domain.errors import EngineUnavailable
from playground.domain.events import CandidateGenerated
from playground.domain.ports import Capability, EngineInfo, GenerationRequest
from playground.domain.runs import Run
from playground.domain.tasks import Policy, Region
from playground.orchestrator.backtracking import begun_again
from playground.orchestrator.empty_blocks import filled
from playground.orchestrator.ending import Watch, hopeless
from playground.testing.engine import FakeEngine

METHOD = Watch(
    Region("a.py", 1, 3, "Frozen.__hash__", "function"),
    "    @cached\n    def __hash__(self):\n        return hash(self.items())\n",
)
CLAUSE = Watch(Region("a.py", 3, 4, "f", "clause"), "except ValueError:\n    raise Bad()\n")
STATEMENT = Watch(Region("a.py", 1, 4, "", "statement"), "if a:\n    b = 1\nelse:\n    b = 2\n")
HEAD = "    @cached\n    def __hash__("
IMPORTS = "import os\nfrom a import (\n    b,\n)\n"


def said(code: str, *, closed: bool = True) -> str:
    return f"Change: it.\n\n```python\n{code}{'```' if closed else ''}\n"


def kept(code: str) -> str:
    return f"Change: it.\n\n```python\n{code}"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        # the block of a definition is missing, at the end or before it
        ("@overload\ndef get(name: str) -> str:\n", "@overload\ndef get(name: str) -> str:\n   "),
        ("if a:\n  if (b\n     and c):\nd = 1\n", "if a:\n  if (b\n     and c):\n     "),
        # a clause without its statement, and the comments that lead to it
        ("if a:\n    b = 1\n# or\n\nexcept B:\n    b = 2\n", "if a:\n    b = 1\n"),
        # a column that no block has
        ("if a:\n        b = 1\n    c = 2\n", "if a:\n        b = 1\n"),
        # a block that holds a comment alone is no fault, what follows it is
        ("if a:\n    # none\nc = = 1\n", "if a:\n    # none\n    pass\n"),
        # a bracket that is never closed
        ("x = 1\ny = (2\nz = 3\n", "x = 1\n"),
    ],
)
def test_the_statement_at_fault_is_taken_back(code: str, expected: str) -> None:
    assert begun_again(said(code), watch=STATEMENT, times=0) == kept(expected)
    assert begun_again(said(code, closed=False), watch=STATEMENT, times=0) == kept(expected)


def test_more_is_taken_back_every_time() -> None:
    code = "".join(f"x{n} = {n}\n" for n in range(4)) + "else:\n    pass\n"
    found = [begun_again(said(code), watch=STATEMENT, times=times) for times in range(3)]
    assert found == [
        kept("x0 = 0\nx1 = 1\nx2 = 2\nx3 = 3\n"),
        kept("x0 = 0\nx1 = 1\n"),
        kept(""),
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("    def hash_of(self):\n        return 1\n", HEAD),
        ("import os\nfrom a import (\n    b,\n)\n\nx = 1\n", IMPORTS + HEAD),
        ("return hash(self.items(\n", HEAD),
    ],
)
def test_a_definition_that_is_left_out_is_begun_as_it_was(code: str, expected: str) -> None:
    assert begun_again(said(code), watch=METHOD, times=0) == kept(expected)


def test_an_empty_code_block_is_begun_anew() -> None:
    assert begun_again(said(""), watch=STATEMENT, times=0) == kept("")
    assert begun_again(said("\n"), watch=METHOD, times=1) == kept(HEAD)


def test_nothing_is_taken_back_of_what_can_be_read_or_has_another_form() -> None:
    good = "    def __hash__(self):\n        return 1\n"
    assert begun_again(said(good), watch=METHOD, times=0) == ""
    assert begun_again("Change: it.\n", watch=METHOD, times=0) == ""
    clause = "except ValueError as error:\n    raise Bad() from error\n"
    assert begun_again(said(clause), watch=CLAUSE, times=0) == ""
    assert begun_again(said(f"{clause}else\n"), watch=CLAUSE, times=0) == kept(clause)
    script = replace(STATEMENT, region=replace(STATEMENT.region, path="a.ts"))
    assert begun_again(said("if ("), watch=script, times=0) == ""
    broken = replace(STATEMENT, original="if a\n    b = 1\n")
    assert begun_again(said("if (\n"), watch=broken, times=0) == ""


@given(st.text(alphabet="abi: #\n\t()='\"\\", max_size=80), st.integers(0, 3))
def test_whatever_is_said_its_beginning_is_part_of_it_or_of_the_original(
    code: str, times: int
) -> None:
    for watch in (METHOD, CLAUSE, STATEMENT):
        begun = begun_again(said(code), watch=watch, times=times)
        if begun:
            rest = begun.removeprefix(kept(""))
            assert rest != begun
            assert len(rest) <= len(filled(code)) + len(HEAD)


class _Continuing(FakeEngine):
    """Goes on with answers that were begun."""

    able = Capability.CHAT | Capability.CONTINUE

    def probe(self) -> EngineInfo:
        return replace(super().probe(), capabilities=self.able)


class _Plain(_Continuing):
    able = Capability.CHAT


def answered(texts: Sequence[str], *, kind: type[FakeEngine] = _Continuing) -> tuple[World, Run]:
    """Lets one greedy question be answered by these texts in turn, the last one again and again."""
    world = World(policy=Policy(samples=1, attempts_max=1))
    left = list(texts)

    def answer(request: GenerationRequest) -> str:
        del request
        return left.pop(0) if len(left) > 1 else left[0]

    world.engine = kind(answer)
    world.desk = world.new_desk(type(world.desk))
    return world, world.run()


def codes(run: Run) -> list[str]:
    made = [event for event in run.events if isinstance(event, CandidateGenerated)]
    return [d.code for event in made for d in event.drafts if isinstance(d, Refused)]


LOST = "def total(prices=None):\n    # adds up\nelse:\n    return 0\n"


def test_an_answer_that_cannot_be_read_is_drawn_again_from_what_can() -> None:
    world, run = answered([said(LOST), "    return sum(prices or [])\n```\n"])
    assert run.waiting is not None
    first, second = world.engine.asked
    begun = second.messages[-1].content
    assert begun == kept("def total(prices=None):\n    # adds up\n    pass\n")
    assert second.messages[:-1] == first.messages
    assert (first.temperature, first.seed) == (0.0, None)
    assert second.temperature > 0
    assert second.seed is not None
    assert second.max_tokens == 768 - world.engine.count_tokens(begun)
    spent = [world.engine.generate(request).usage.prompt for request in (first, second)]
    made = run.candidates[0].provenance
    assert (made.usage.prompt, made.seed) == (sum(spent), second.seed)


def test_what_is_malformed_after_all_is_called_so() -> None:
    world, run = answered([said(LOST), "else:\n    return 0\n```\n"])
    assert run.waiting is None
    assert codes(run)[0] == "malformed"
    seeds = [request.seed for request in world.engine.asked]
    assert len(set(seeds[:4])) == 4


def test_an_engine_that_cannot_go_on_is_asked_once() -> None:
    world, run = answered([said(LOST)], kind=_Plain)
    assert codes(run)[0] == "malformed"
    assert all(request.messages[-1].role == "user" for request in world.engine.asked)


def test_an_engine_that_fails_meanwhile_leaves_the_answer_as_it_was() -> None:
    def answer(request: GenerationRequest) -> str:
        if request.messages[-1].role == "assistant":
            raise EngineUnavailable("It is gone.")
        return said(LOST)

    world = World(policy=Policy(samples=1, attempts_max=1))
    world.engine = _Continuing(answer)
    world.desk = world.new_desk(type(world.desk))
    assert codes(world.run())[0] == "malformed"


@pytest.mark.parametrize("bounds", [{"prompt_tokens_max": 300}, {"tokens_max": 100}])
def test_nothing_is_drawn_again_beyond_a_bound(bounds: dict[str, int]) -> None:
    body = "    prices = prices or []\n" * 30
    long = f"def total(prices=None):\n{body}else:\n    return 0\n"
    world = World(policy=replace(Policy(samples=1, attempts_max=1), **bounds))
    world.engine = _Continuing(lambda _: said(long))
    world.desk = world.new_desk(type(world.desk))
    assert codes(world.run())[0] == "malformed"
    assert {request.messages[-1].role for request in world.engine.asked} == {"user"}


EMPTY = [
    "try:\n    # gone\n    # too\nexcept NameError:\n    text = str\n",
    "if a:\n    # none\nelse:\n\n    # none\n",
    "    for a in b:\n        # none\n\n    return a\n",
    "class A:\n    # none",
]


@pytest.mark.parametrize("code", EMPTY)
def test_a_block_with_a_comment_alone_does_nothing(code: str) -> None:
    with pytest.raises(SyntaxError):
        ast.parse(textwrap.dedent(code))
    ast.parse(textwrap.dedent(filled(code)))
    assert not hopeless(code)
    kept_lines = [line for line in filled(code).splitlines() if line.strip() != "pass"]
    assert kept_lines == code.splitlines()


@pytest.mark.parametrize(
    "code", [CODE, GOOD, "if a:\nb = 1\n", "if a:\n", "x = (\n", "if (a and\n    b):\n    # c\n"]
)
def test_nothing_else_is_filled(code: str) -> None:
    assert filled(code) == code
