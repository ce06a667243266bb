"""Renames: a request that names both names gets one edit for every line that holds the old one."""

from __future__ import annotations

import pytest
from gbnf import accepts
from hypothesis import given
from hypothesis import strategies as st

from playground.orchestrator.answers import files_in
from playground.orchestrator.edits.grammar import edits_grammar
from playground.orchestrator.edits.lines import DIVIDER, REPLACE, SEARCH, lines_of
from playground.orchestrator.edits.renames import rename_in, renamed_places

PRICES = """\
LIMIT = 3


class Price:
    def gross(self, factor: float = 1.0) -> float:
        return self.net * factor


def total(prices: list[Price], limit: float = 9.0) -> float:
    # total of all
    return min(sum(p.gross(factor=2) for p in prices), limit)
"""
ORDERS = """\
from prices import LIMIT, Price, total

__all__ = ["LIMIT", "total"]


def due(prices: list[Price], limit: int) -> str:
    found = total(prices, limit=limit)
    return f"{found} of {total(prices)}"
"""
FILES = {"prices.py": PRICES, "orders.py": ORDERS, "new.py": None}


@pytest.mark.parametrize(
    ("goal", "lines"),
    [
        ("Rename the function total to amount.", ["p9", "o1", "o3", "o7", "o8"]),
        ("rename `Price` into `Cost`, please", ["p4", "p9", "o1", "o6"]),
        ("Rename Price.gross to Price.net.", ["p5", "p11"]),
        ("rename the parameter limit of total to most", ["p9", "p11", "o7"]),
        ("Rename the parameter factor of gross to times", ["p5", "p6", "p11"]),
        ("Rename the constant LIMIT to MOST", ["p1", "o1", "o3"]),
        ("Rename total to total", []),
        ("Rename total to class", []),
        ("Rename things to be clearer", []),
        ("Let total be rounded", []),
    ],
)
def test_every_line_that_holds_the_name_has_its_edit(goal: str, lines: list[str]) -> None:
    rename = rename_in(goal, files=FILES)
    places = renamed_places(rename, files=FILES) if rename else ()
    assert [f"{p.path[0]}{p.start + 1}" for p in places] == lines


def test_the_grammar_takes_nothing_but_an_edit_of_each_line() -> None:
    rename = rename_in("rename total to amount", files=FILES)
    assert rename is not None
    places = renamed_places(rename, files=FILES)
    files = {"prices.py": PRICES, "orders.py": ORDERS}
    visible = {path: range(len(lines_of(text))) for path, text in files.items()}
    grammar = edits_grammar(files, first=places, visible=visible)
    edits: list[str] = []
    for place in places:
        text = "".join(f"{x}\n" for x in lines_of(files[place.path])[place.start : place.end])
        after = text.replace("total", "amount")
        edits.append(f"FILE: {place.path}\n{SEARCH}\n{text}{DIVIDER}\n{after}{REPLACE}\n")
    whole = "".join(edits)
    assert accepts(grammar, whole)
    assert not accepts(grammar, "".join(edits[:-1]))
    assert not accepts(grammar, whole.replace("found = amount(", "found = total("))
    assert not accepts(grammar, whole.replace("    found = amount", "   found = amount"))
    after = files_in(whole, bases=dict(files), may_create=False)
    assert "total" not in "".join(after.values()).replace("# total of all", "")


@given(st.lists(st.sampled_from(["x = 1", "y = x", "", "    x", "z"]), min_size=1, max_size=12))
def test_places_stand_only_once_and_do_not_overlap(lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in ["x = 0", *lines])
    rename = rename_in("rename x to w", files={"a.py": text, "b.py": "x = 0\n"})
    assert rename is not None
    found = [p for p in renamed_places(rename, files={"a.py": text}) if p.path == "a.py"]
    known, taken = lines_of(text), -1
    for place in found:
        assert taken < place.start < place.end <= len(known)
        wanted = known[place.start : place.end]
        size = len(wanted)
        assert sum(known[at : at + size] == wanted for at in range(len(known))) == 1
        taken = place.end - 1
