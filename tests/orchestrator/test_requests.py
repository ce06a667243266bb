"""Requests in words over several files: edits that a grammar holds, then the usual doors."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gbnf import accepts
from request_worlds import REPORT, SHOP, after, asking, task_of

from playground.domain.tasks import Source

FILES = {"shop.py": SHOP, "report.py": REPORT}
TAX = 'TAX = Decimal("0.19")\n'
LAST = '    return f"{len(items)} items, {total(items)} EUR"\n'
CURRENCY = f"FILE: shop.py\n<<<<<<< SEARCH\n{TAX}=======\n{TAX}CURRENCY = 'EUR'\n>>>>>>> REPLACE\n"
EDITS = (
    f"FILE: report.py\n<<<<<<< SEARCH\n{LAST}=======\n"
    f"{LAST.replace('EUR', '{CURRENCY}')}>>>>>>> REPLACE\n{CURRENCY}"
)


def test_edits_follow_a_grammar_of_the_files_in_scope() -> None:
    world = asking(lambda _request: EDITS, files=FILES)
    run = world.run(task_of(world, "shop.py", "report.py"))
    assert after(run, world) == {
        "shop.py": SHOP.replace(TAX, f"{TAX}CURRENCY = 'EUR'\n"),
        "report.py": REPORT.replace(" EUR", " {CURRENCY}"),
    }
    (asked,) = world.engine.asked
    assert asked.constraint is not None
    assert asked.constraint.kind == "grammar"
    assert accepts(asked.constraint.value, EDITS)
    assert not accepts(asked.constraint.value, EDITS.replace("report.py", "etc.py"))
    assert not accepts(asked.constraint.value, EDITS.replace(TAX, "VAT = 1\n"))
    assert "The request names report in report.py." in asked.messages[1].content


def test_a_grammar_tells_no_secret() -> None:
    key = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"
    text = f'LIMIT = 3\n\n\ndef login() -> str:\n    return "{key}"\n'
    world = asking(lambda _request: "no", files={"shop.py": text})
    world.run(task_of(world, "shop.py", goal="let login raise LIMIT"))
    (asked,) = world.engine.asked
    assert asked.constraint is not None
    assert "LIMIT" in asked.constraint.value
    assert key not in asked.constraint.value
    assert key not in asked.messages[1].content


def test_a_second_try_asks_for_whole_definitions() -> None:
    world = asking(lambda _request: "no", files=FILES)
    world.policy = replace(world.policy, sources=(Source.ENGINE, Source.SAMPLES), attempts_max=2)
    world.run(task_of(world, "shop.py", "report.py"))
    first, second = world.engine.asked
    assert "SEARCH" in first.messages[0].content
    assert "SEARCH" not in second.messages[0].content
    assert second.constraint is None


def test_an_engine_without_grammars_is_asked_the_same_and_read_exactly() -> None:
    world = asking(lambda _request: f"Here it is.\n{EDITS}", files=FILES, held=False)
    run = world.run(task_of(world, "shop.py", "report.py"))
    assert set(after(run, world)) == {"shop.py", "report.py"}
    assert [request.constraint for request in world.engine.asked] == [None]


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize(
    "answer",
    [EDITS.replace("TAX", "VAT"), EDITS.replace("=======", ""), EDITS[:90], "no", "\0", ""],
)
def test_a_malformed_answer_is_a_refused_draft(answer: str, held: bool) -> None:
    world = asking(lambda _request: answer, files=FILES, held=held)
    run = world.run(task_of(world, "shop.py", "report.py"))
    assert run.waiting is None
    assert run.refusals
    assert world.gate.judged == []


def test_a_new_file_is_made_beside_edits() -> None:
    edits = f"{CURRENCY}FILE: money.py\n```\nCENT = 100\n```\n"
    world = asking(lambda _request: edits, files=FILES)
    run = world.run(task_of(world, "shop.py", "money.py"))
    assert after(run, world)["money.py"] == "CENT = 100\n"
    constraint = world.engine.asked[0].constraint
    assert constraint is not None
    assert accepts(constraint.value, edits)


def test_new_files_alone_are_asked_for_whole() -> None:
    world = asking(lambda _request: "FILE: money.py\n```python\nCENT = 100\n```\n", files=FILES)
    run = world.run(task_of(world, "money.py"))
    assert after(run, world) == {"money.py": "CENT = 100\n"}
    assert [request.constraint for request in world.engine.asked] == [None]


def test_what_an_answer_only_outlines_keeps_its_body() -> None:
    answer = (
        "FILE: shop.py\n```python\nclass Item:\n    price: Decimal\n\n"
        "    def taxed(self) -> Decimal: ...\n\n\n"
        "def total(items: list[Item]) -> Decimal: ...\n\n\n"
        "def count(items: list[Item]) -> int:\n    return len(items)\n```\n"
    )
    world = asking(lambda _request: answer, files=FILES, held=False)
    run = world.run(task_of(world, "shop.py"))
    made = "\n\ndef count(items: list[Item]) -> int:\n    return len(items)\n"
    assert after(run, world) == {"shop.py": SHOP + made}
