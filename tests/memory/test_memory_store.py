"""The LanceDB store itself: hostile texts, several writers, forgetting for good."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_samples import ALL, PLAIN, numbered

from playground.domain.errors import StorageUnavailable
from playground.domain.ports import RecallQuery
from playground.memory import MemoryStore, tables
from playground.memory.embedders.hashing import HashingEmbedder
from playground.memory.locations import located
from playground.memory.lock import exclusive
from playground.memory.rows import scrubbed

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
HOSTILE = (
    "'",
    '"',
    "\\",
    "' OR 1=1 --",
    "'; DROP TABLE episodes; --",
    "a' OR rule != 'b",
    "id",
    "%",
    "_",
    "\x00",
    "\n",
    "\u202e\U0001f600",
    "`rule`",
    "{}",
    "$1",
    "rule",
)
BOUNDED = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _store(folder: Path, *, pieces_max: int = 100) -> MemoryStore:
    return MemoryStore(folder, embedder=HashingEmbedder(), pieces_max=pieces_max)


@pytest.fixture
def store(tmp_path: Path) -> MemoryStore:
    return _store(tmp_path / "memory")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> MemoryStore:
    store = _store(tmp_path_factory.mktemp("hostile"))
    store.rebuild(
        replace(PLAIN, id=f"h{text}", rule=text, root=text, outcome=text, goal=text)
        for text in HOSTILE
    )
    return store


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# ── hostile texts ────────────────────────────────────────────────────────────────────────────


@BOUNDED
@given(text=st.sampled_from(HOSTILE) | ANY_TEXT, words=st.sampled_from(["", "default"]))
def test_no_filter_can_be_talked_out_of_its_job(
    hostile: MemoryStore, text: str, words: str
) -> None:
    expected = {f"h{text}"} & {f"h{known}" for known in HOSTILE}
    if text:
        for query in (
            RecallQuery(text=words, k=99, rule=text),
            RecallQuery(text=words, k=99, root=text),
            RecallQuery(text=words, k=99, outcomes=(text,)),
        ):
            assert {found.episode.id for found in hostile.recall(query)} == expected
    found = hostile.get(f"h{text}")
    assert ({found.id} if found else set[str]()) == expected


def test_forgetting_a_hostile_id_removes_that_one_only(tmp_path: Path) -> None:
    store, left = _store(tmp_path), {PLAIN.id, *HOSTILE}
    store.rebuild(replace(PLAIN, id=text) for text in left)
    assert store.forget("' ") is False
    for text in HOSTILE:
        assert store.forget(text) is True
        left.remove(text)
        assert {episode.id for episode in store.all()} == left


@BOUNDED
@given(text=ANY_TEXT | st.text("\"'()[]{}*~^:+-!&|\\/ ANDORTO", max_size=60))
def test_searching_survives_any_text(hostile: MemoryStore, text: str) -> None:
    assert len(hostile.fetch_semantic(text, 3)) == 3


@pytest.mark.parametrize(
    "text",
    ["x" * 100_000, "word " * 20_000, "\U0001f600" * 25_000, "'\"" * 50_000, "例外処理 " * 100],
    ids=["one-word", "words", "emoji", "quotes", "japanese"],
)
def test_long_and_foreign_texts_are_searched_and_stored(hostile: MemoryStore, text: str) -> None:
    assert len(hostile.fetch_semantic(text, 3)) == 3
    episode = replace(PLAIN, id="long", before=text)
    hostile.remember(episode)
    assert hostile.get("long") == scrubbed(episode)


@BOUNDED
@given(text=ANY_TEXT)
def test_any_text_comes_back_as_it_was(hostile: MemoryStore, text: str) -> None:
    episode = replace(PLAIN, id="any", goal=text, path=text, reason=text, after=text)
    hostile.remember(episode)
    assert hostile.get("any") == scrubbed(episode)


# ── forgetting for good ──────────────────────────────────────────────────────────────────────


def test_no_file_holds_what_was_forgotten(store: MemoryStore) -> None:
    store.remember(PLAIN)
    store.compact()
    store.remember(replace(PLAIN, id="secret-run", goal="rename the zebraquux helper"))
    store.remember(numbered(1))
    assert any(b"zebraquux" in content for content in _files(store.folder).values())
    assert store.forget("secret-run")
    assert not any(b"zebraquux" in content for content in _files(store.folder).values())
    assert {episode.id for episode in store.all()} == {PLAIN.id, "n1"}


def test_forgetting_from_joined_fragments_writes_every_file_anew(store: MemoryStore) -> None:
    store.rebuild([numbered(number) for number in range(50)])
    rows_before = {path for path in _files(store.folder) if path.suffix == ".lance"}
    assert len(rows_before) > 2
    store.forget("n7")
    rows_after = {path for path in _files(store.folder) if path.suffix == ".lance"}
    assert rows_before.isdisjoint(rows_after)
    assert store.count() == 49


# ── fragments ────────────────────────────────────────────────────────────────────────────────


def test_fragments_are_joined_in_the_background(tmp_path: Path) -> None:
    store = _store(tmp_path, pieces_max=10)
    for number in range(10):
        store.remember(numbered(number))
    store.close()
    table = tables.place(located(tmp_path)).open()
    assert table is not None
    assert table.pieces() <= 2
    assert store.count() == 10


class _Blind:
    """Sees no difference between any two texts."""

    id = "blind"
    dimensions = 2

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[1.0, 0.0] for _ in texts]


def test_words_find_what_vectors_cannot_tell_apart(tmp_path: Path) -> None:
    store = MemoryStore(tmp_path, embedder=_Blind())
    for number in range(40):
        store.remember(replace(numbered(number), goal=f"look at quokka{number} and running"))
    for number in (0, 19, 39):
        (best,) = store.fetch_semantic(f"(QUOKKA{number}) OR", 1)
        assert best.episode.id == f"n{number}"
    store.compact()
    (best,) = store.fetch_semantic("quokka7", 1)
    assert best.episode.id == "n7"


def test_joining_once_more_is_not_begun_while_it_runs(tmp_path: Path) -> None:
    store = _store(tmp_path, pieces_max=1)
    for number in range(5):
        store.remember(numbered(number))
        names = [t.name for t in threading.enumerate() if "memory-compaction" in t.name]
        assert len(names) <= 1
    store.close()
    assert store.count() == 5


def test_warming_touches_no_file(store: MemoryStore) -> None:
    store.warm()
    store.close()
    assert not store.folder.exists()
    assert store.count() == 0
    store.remember(PLAIN)
    assert store.all() == [PLAIN]


def test_search_is_the_same_before_and_after_joining(store: MemoryStore) -> None:
    for episode in ALL:
        store.remember(episode)
    before = [found.episode.id for found in store.fetch_semantic("bare except hides failures")]
    store.compact()
    assert before == [f.episode.id for f in store.fetch_semantic("bare except hides failures")]
    store.remember(replace(PLAIN, id="later", goal="quokka"))
    assert store.fetch_semantic("quokka", 1)[0].episode.id == "later"


def test_one_commit_after_another_leaves_few_files(store: MemoryStore) -> None:
    for number in range(12):
        store.remember(numbered(number % 3))
    store.compact()
    assert len(_files(store.folder)) < 30
    assert store.count() == 3


# ── several at once ──────────────────────────────────────────────────────────────────────────


def test_two_stores_on_one_folder_see_each_other(tmp_path: Path) -> None:
    first, second = _store(tmp_path), _store(tmp_path)
    assert second.count() == 0
    first.remember(PLAIN)
    assert second.get(PLAIN.id) == PLAIN
    second.forget(PLAIN.id)
    assert first.count() == 0
    first.rebuild(ALL)
    assert second.count() == 3


def test_threads_write_read_and_join_at_once(tmp_path: Path) -> None:
    stores = [_store(tmp_path), _store(tmp_path)]
    over = threading.Event()

    def write(writer: int) -> None:
        for number in range(6):
            stores[writer % 2].remember(numbered(writer * 100 + number))
            if number % 3 == 2:
                stores[writer % 2].compact()

    def read() -> int:
        reads = 0
        while not over.is_set():
            stores[reads % 2].fetch_semantic("x = 3 mutable default", 3)
            reads += 1
            over.wait(0.01)  # the others need the processor too
        return reads

    with ThreadPoolExecutor(5) as pool:
        reader = pool.submit(read)
        writers = [pool.submit(write, writer) for writer in range(4)]
        for writer in writers:
            writer.result()
        over.set()
        assert reader.result() > 0
    assert stores[0].count() == 24


def test_threads_that_remember_the_same_id_leave_one(tmp_path: Path) -> None:
    stores = [_store(tmp_path), _store(tmp_path)]
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(stores[i % 2].remember, PLAIN) for i in range(8)]
        for future in futures:
            future.result()
    assert [episode.id for episode in stores[0].all()] == [PLAIN.id]


def test_ids_that_are_the_same_when_they_are_stored_leave_one(store: MemoryStore) -> None:
    before = store.count()
    store.remember_all([replace(PLAIN, id="\ud800"), replace(PLAIN, id="\\ud800", goal="last")])
    assert store.count() == before + 1
    found = store.get("\ud800")
    assert found is not None
    assert found.goal == "last"


def test_who_waits_too_long_for_the_lock_is_told_whose_turn_it_is(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with (
        exclusive(path, timeout_s=1),
        pytest.raises(StorageUnavailable, match=r"held .*lock for 0\.05 s; end that process"),
        exclusive(path, timeout_s=0.05),
    ):
        pass
    with exclusive(path, timeout_s=0.05):
        pass


def test_a_folder_of_code_is_private(store: MemoryStore) -> None:
    store.remember(PLAIN)
    assert store.folder.stat().st_mode & 0o077 == 0
