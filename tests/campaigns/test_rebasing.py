from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from playground.domain.changes import FileChange, change_between, digest_of
from playground.domain.rebasing import found_again, path_between, rebased

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n"]), max_size=4).map("".join)


def change(before: str, after: str) -> FileChange:
    return change_between("f.py", before=before, after=after)


@given(top=LINES, new_top=LINES, low=LINES, new_low=LINES)
def test_changes_of_other_lines_commute(top: str, new_top: str, low: str, new_low: str) -> None:
    wall = "-- one\n-- two\n-- three\n"
    base = top + wall + low
    mine, theirs = change(base, top + wall + new_low), change(base, new_top + wall + low)
    moved = rebased(mine, through=[theirs], text=new_top + wall + low)
    assert moved is not None
    assert moved.applied_to(new_top + wall + low) == new_top + wall + new_low
    assert moved.base_sha256 == digest_of(new_top + wall + low)


@given(before=LINES, mine=LINES, theirs=LINES)
def test_it_never_guesses(before: str, mine: str, theirs: str) -> None:
    moved = rebased(change(before, mine), through=[change(before, theirs)], text=theirs)
    if moved is not None:
        assert moved.after_sha256 == digest_of(moved.applied_to(theirs))


def test_the_same_lines_are_no_place() -> None:
    mine, theirs = change("a\nb\n", "a\nx\n"), change("a\nb\n", "a\ny\n")
    assert rebased(mine, through=[theirs], text="a\ny\n") is None


def test_a_path_leads_through_all_versions() -> None:
    one, two = change("a\n", "b\n"), change("b\n", "c\n")
    a, b, c = digest_of("a\n"), digest_of("b\n"), digest_of("c\n")
    assert path_between([two, one], before=a, after=c) == (one, two)
    assert path_between([two], before=a, after=c) is None
    assert path_between([], before=b, after=b) == ()
    assert path_between([change("b\n", "a\n"), one], before=a, after=c) is None


def test_a_block_is_found_where_it_is_now() -> None:
    base = "x\ndef f():\n    return 1\n"
    mine = change(base, base.replace("1", "2"))
    block = "def f():\n    return 1\n"
    moved = found_again(mine, block=block, start=1, text="\n\n" + base)
    assert moved is not None
    assert moved.applied_to("\n\n" + base) == "\n\n" + base.replace("1", "2")
    assert found_again(mine, block=block, start=1, text=base + base) is None
    assert found_again(mine, block=block, start=1, text="x\n") is None
    assert found_again(mine, block="x\n", start=0, text=base) is None
