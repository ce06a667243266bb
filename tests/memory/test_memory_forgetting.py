"""What is to be gone is gone from every byte: forgotten episodes, and secrets in any of them."""

from __future__ import annotations

import random
import shutil
import string
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from memory_samples import ALL, PLAIN, numbered

from playground.domain.episodes import Episode
from playground.memory import MemoryStore
from playground.memory.embedders.hashing import HashingEmbedder
from playground.memory.lock import Turn

MARK = "zebraquux"
CASES = Path(__file__).parents[1] / "cases" / "memory"


def _store(folder: Path, *, dimensions: int = 16, pieces_max: int = 100) -> MemoryStore:
    embedder = HashingEmbedder(dimensions=dimensions)
    return MemoryStore(folder, embedder=embedder, pieces_max=pieces_max)


def _holding(folder: Path, text: str) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if text.encode() in path.read_bytes()]


def _marked(identifier: str = "marked") -> Episode:
    return replace(
        PLAIN,
        id=identifier,
        goal=f"rename {MARK}a",
        message=f"{MARK}b is long",
        before=f"{MARK}c = 1\n",
        after=f"{MARK}d = 1\n",
        reason=f"{MARK}e was meant",
    )


def _remembered(folder: Path) -> MemoryStore:
    store = _store(folder)
    store.rebuild([*ALL, _marked()])
    return store


def _joined_twice(folder: Path) -> MemoryStore:
    store = _store(folder)
    for episode in (*ALL, _marked()):
        store.remember(episode)
        store.tidy()
    return store


def _replaced(folder: Path) -> MemoryStore:
    store = _remembered(folder)
    store.remember(replace(_marked(), outcome="undone"))
    return store


def _embedded_anew(folder: Path) -> MemoryStore:
    _remembered(folder)
    store = _store(folder, dimensions=24)
    assert store.count() == len(ALL) + 1
    return store


def _of_an_older_schema(folder: Path) -> MemoryStore:
    shutil.copytree(CASES / "schema-1", folder, dirs_exist_ok=True)
    store = _store(folder)
    store.remember(_marked())
    return store


def _varint(number: int) -> bytes:
    parts: list[int] = []
    while number:
        parts.append(number & 127 | (128 if number > 127 else 0))
        number >>= 7
    return bytes(parts)


def _with_a_clock_that_was_put_back(folder: Path) -> MemoryStore:
    _replaced(folder).close()
    now, dated = int(time.time()), 0
    for path in (folder / "episodes.lance" / "_versions").glob("*.manifest"):
        data = path.read_bytes()
        for second in range(now - 3_600, now + 1):  # field 1 of a time stamp, in seconds
            data = data.replace(b"\x08" + _varint(second), b"\x08" + _varint(second + 86_400))
        dated += data != path.read_bytes()
        path.write_bytes(data)
    assert dated
    return _store(folder)


def _read_elsewhere(folder: Path) -> MemoryStore:
    store = _remembered(folder)
    for other in (_store(folder), store):
        assert other.fetch_semantic(MARK, 1)
    return store


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(_remembered, marks=pytest.mark.slow),
        pytest.param(_joined_twice, marks=pytest.mark.slow),
        _replaced,
        _embedded_anew,
        _of_an_older_schema,
        _with_a_clock_that_was_put_back,
        pytest.param(_read_elsewhere, marks=pytest.mark.slow),
    ],
)
def test_no_byte_of_a_forgotten_episode_is_left(
    tmp_path: Path, made: Callable[[Path], MemoryStore]
) -> None:
    store = made(tmp_path)
    assert _holding(tmp_path, MARK)
    assert store.forget("marked")
    store.close()
    assert _holding(tmp_path, MARK) == []
    assert {e.id for e in store.all()} == {e.id for e in ALL}


def test_what_a_killed_writer_left_behind_goes_with_the_episode(tmp_path: Path) -> None:
    store = _remembered(tmp_path)
    data = tmp_path / "episodes.lance" / "data"
    (data / "0000000000000000000000000000000000000000.lance").write_bytes(MARK.encode())
    store.forget("marked")
    assert _holding(tmp_path, MARK) == []


def test_a_forgetting_that_was_cut_off_is_finished_by_the_next_call(tmp_path: Path) -> None:
    store = _remembered(tmp_path)
    kept = shutil.copytree(tmp_path, tmp_path.with_name("kept"))
    assert store.forget("marked")
    # As if it had been killed behind its commit: all that was before lies there still.
    shutil.copytree(kept, tmp_path, dirs_exist_ok=True)
    other = _store(tmp_path)
    assert other.get("marked") is None
    assert _holding(tmp_path, MARK)
    assert not other.forget("marked")
    assert _holding(tmp_path, MARK) == []
    assert {e.id for e in other.all()} == {e.id for e in ALL}


def test_a_replaced_text_goes_when_the_memory_is_compacted(tmp_path: Path) -> None:
    store = _remembered(tmp_path)
    store.remember(replace(PLAIN, id="marked"))
    store.compact()
    assert _holding(tmp_path, MARK) == []


def test_nobody_waits_while_fragments_are_joined(tmp_path: Path) -> None:
    store, other = _store(tmp_path), _store(tmp_path)
    store.rebuild(ALL)
    with Turn(tmp_path / "tidying").taken():
        writing = threading.Thread(target=other.remember, args=(numbered(1),))
        writing.start()
        writing.join(timeout=20)
        assert not writing.is_alive()
        assert other.get("n1") is not None


def test_new_episodes_are_appended_and_touch_no_other_file(tmp_path: Path) -> None:
    store = _store(tmp_path)
    store.rebuild(ALL)
    data = tmp_path / "episodes.lance" / "data"
    before = {path: path.read_bytes() for path in data.iterdir()}
    store.remember(numbered(1))
    assert {path: path.read_bytes() for path in before} == before
    assert len(list(data.iterdir())) == len(before) + 1
    assert not list((tmp_path / "episodes.lance").glob("_deletions/*"))


# ── secrets ──────────────────────────────────────────────────────────────────────────────────


def _word(chance: random.Random, letters: str, length: int) -> str:
    return "".join(chance.choice(letters) for _ in range(length))


def _keys() -> list[str]:
    """Returns keys of well-known forms that were never anybody's."""
    chance = random.Random(11)
    mixed, upper = string.ascii_letters + string.digits, string.ascii_uppercase + string.digits
    return [
        "AKIA" + _word(chance, upper, 16),
        "ghp_" + _word(chance, mixed, 36),
        "glpat-" + _word(chance, mixed, 20),
        "xoxb-" + "-".join(_word(chance, string.digits, 12) for _ in range(2)) + "-"
        + _word(chance, mixed, 24),
        "sk-proj-" + _word(chance, mixed, 48),
        "sk_live_" + _word(chance, mixed, 24),
        "AIza" + _word(chance, mixed, 35),
        "eyJ" + _word(chance, mixed, 20) + ".eyJ" + _word(chance, mixed, 30) + "."
        + _word(chance, mixed, 43),
    ]  # fmt: skip


FIELDS = ("goal", "message", "rule_summary", "before", "after", "diff", "reason", "path")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an episode for each key, which stands in all of its texts."""
    folder = tmp_path_factory.mktemp("planted")
    store = _store(folder)
    store.remember_all(
        replace(numbered(number), **dict.fromkeys(FIELDS, f'token = "{key}"  # {MARK}\n'))
        for number, key in enumerate(_keys())
    )
    password = "x9K2mQ7p" + "L4vN8wR3"
    line = f'password = "{password}"\nurl = "postgres://ann:{password}@db/shop"\n'
    store.remember(replace(PLAIN, before=line, after=line, diff=line))
    return folder


@pytest.mark.parametrize("key", _keys(), ids=lambda key: key[:5])
def test_no_file_holds_a_planted_key(planted: Path, key: str) -> None:
    assert _holding(planted, MARK)
    assert _holding(planted, key) == []
    assert _holding(planted, key[6:]) == []


def test_no_file_holds_a_planted_password(planted: Path) -> None:
    assert _holding(planted, "x9K2mQ7p" + "L4vN8wR3") == []


def test_an_episode_with_a_secret_is_still_found(planted: Path) -> None:
    found = _store(planted).fetch_semantic(MARK, 3)
    assert len(found) == 3
    assert all("token = " in one.episode.before for one in found if one.episode.id != PLAIN.id)
