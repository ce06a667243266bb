"""Kept states of prompt beginnings: the right one, whole, or none at all."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.engines.worker.prefixes import Prefixes, PrefixPlan

TOKENS = tuple(range(200))
STATE = os.urandom(5_000)


def kept_in(folder: Path, *, model: str = "m", build: str = "1", layout: str = "a") -> Prefixes:
    return Prefixes(PrefixPlan(folder, model, 1_000_000), build=build, layout=layout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.write_bytes(STATE)
    kept_in(tmp_path / "kept").keep(TOKENS, source=source)
    return tmp_path / "kept"


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_a_kept_state_comes_back_byte_by_byte(folder: Path, tmp_path: Path) -> None:
    prefixes = kept_in(folder)
    assert prefixes.has(TOKENS)
    assert prefixes.take(TOKENS, into=tmp_path / "slot")
    assert (tmp_path / "slot").read_bytes() == STATE
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "other",
    [{"model": "n"}, {"build": "2"}, {"layout": "b"}],
)
def test_another_model_build_or_layout_has_no_part_in_it(
    folder: Path, tmp_path: Path, other: dict[str, str]
) -> None:
    stranger = kept_in(folder, **other)
    assert not stranger.has(TOKENS)
    assert not stranger.take(TOKENS, into=tmp_path / "slot")
    source = tmp_path / "theirs"
    source.write_bytes(b"theirs")
    stranger.keep(TOKENS, source=source)
    names = sorted(folder.iterdir())
    assert len(names) == 2
    # Even under the other's name a state is not taken for one's own.
    mine, theirs = sorted(names, key=lambda path: path.stat().st_size, reverse=True)
    theirs.write_bytes(mine.read_bytes())
    assert not stranger.take(TOKENS, into=tmp_path / "slot")
    assert not (tmp_path / "slot").exists()


def test_other_tokens_have_no_state(folder: Path) -> None:
    assert not kept_in(folder).has((*TOKENS, 1))
    assert not kept_in(folder).has(TOKENS[:-1])


@given(place=st.integers(0, 5_200), value=st.integers(1, 255))
def test_a_changed_byte_is_noticed_and_the_file_removed(
    tmp_path_factory: pytest.TempPathFactory, place: int, value: int
) -> None:
    folder = tmp_path_factory.mktemp("states")
    source = folder / "source"
    source.write_bytes(STATE)
    prefixes = kept_in(folder / "kept")
    prefixes.keep(TOKENS, source=source)
    path = only_file(folder / "kept")
    data = bytearray(path.read_bytes())
    place %= len(data)
    data[place] ^= value
    path.write_bytes(data)
    taken = prefixes.take(TOKENS, into=folder / "slot")
    assert not taken or (folder / "slot").read_bytes() == STATE  # white space of the header
    assert taken or not (path.exists() or (folder / "slot").exists())


@pytest.mark.parametrize("data", [b"", b"{}\n", b"[" * 900, b"\x00" * 90_000, b"null\nstate"])
def test_what_is_no_state_counts_as_absent(folder: Path, tmp_path: Path, data: bytes) -> None:
    only_file(folder).write_bytes(data)
    assert not kept_in(folder).take(TOKENS, into=tmp_path / "slot")
    assert list(folder.iterdir()) == []


def test_what_was_used_longest_ago_makes_room(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(STATE)
    plan = PrefixPlan(tmp_path / "kept", "m", 3 * (len(STATE) + 1_024))
    prefixes = Prefixes(plan, build="1", layout="a")
    for number in range(3):
        prefixes.keep((number,), source=source)
        path = max(plan.folder.iterdir(), key=lambda found: found.stat().st_mtime_ns)
        os.utime(path, (number + 1, number + 1))
    assert prefixes.take((0,), into=tmp_path / "slot")
    prefixes.keep((3,), source=source)
    assert [prefixes.has((number,)) for number in range(4)] == [True, False, True, True]
    assert sum(path.stat().st_size for path in plan.folder.iterdir()) <= plan.bytes_max


def test_a_state_that_is_too_large_and_a_limit_of_none_keep_nothing(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(STATE)
    plan = PrefixPlan(tmp_path / "kept", "m", len(STATE) - 1)
    for bytes_max in (plan.bytes_max, 0):
        prefixes = Prefixes(replace(plan, bytes_max=bytes_max), build="1", layout="a")
        prefixes.keep(TOKENS, source=source)
        assert not prefixes.has(TOKENS)
    assert not plan.folder.exists()


def test_a_disk_that_refuses_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    source = tmp_path / "source"
    source.write_bytes(STATE)
    prefixes = kept_in(tmp_path / "file" / "below")
    prefixes.keep(TOKENS, source=source)
    assert not prefixes.has(TOKENS)
    assert not prefixes.take(TOKENS, into=tmp_path / "slot")
    kept_in(tmp_path / "kept").keep(TOKENS, source=tmp_path / "missing")
    assert not kept_in(tmp_path / "kept").has(TOKENS)


def test_half_written_states_of_killed_processes_are_cleared_away(
    folder: Path, tmp_path: Path
) -> None:
    old, young = folder / "1.partial", folder / "2.partial"
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    os.utime(old, (1, 1))
    kept_in(folder).keep((1,), source=tmp_path / "source")
    assert (old.exists(), young.exists()) == (False, True)


def test_a_folder_that_cannot_be_looked_into_holds_nothing(tmp_path: Path) -> None:
    assert not kept_in(tmp_path / ("n" * 300)).has(TOKENS)
