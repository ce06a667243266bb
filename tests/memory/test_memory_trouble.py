"""Folders that are damaged, in the way, or made by another version: said, and made good."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest
from memory_samples import ALL, PLAIN, numbered

from playground.domain.errors import StorageUnavailable
from playground.memory import MemoryStore, rows, tables
from playground.memory.embedders.hashing import HashingEmbedder
from playground.memory.locations import located
from playground.memory.lock import Turn
from playground.memory.vectors import Vectors


def _store(folder: Path, *, dimensions: int = 256) -> MemoryStore:
    return MemoryStore(folder, embedder=HashingEmbedder(dimensions=dimensions))


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# ── another embedder, another schema ─────────────────────────────────────────────────────────


def test_a_store_of_another_embedder_is_embedded_anew(tmp_path: Path) -> None:
    _store(tmp_path, dimensions=32).rebuild(ALL)
    other = _store(tmp_path, dimensions=64)
    assert other.fetch_semantic("bare except hides failures", 1)[0].episode.id == "run-2"
    assert {episode.id for episode in other.all()} == {"run-1", "run-2", "run-3"}
    table = tables.place(located(tmp_path)).open()
    assert table is not None
    assert table.stamp() == Vectors(HashingEmbedder(dimensions=64)).stamp()


@pytest.mark.parametrize("writable", [True, False])
def test_who_asks_waits_for_nobody_who_tidies_and_needs_no_folder_to_write_in(
    tmp_path: Path, writable: bool
) -> None:
    _store(tmp_path, dimensions=32).rebuild(ALL)
    turn = tmp_path / "tidying"
    if not writable:
        turn.unlink()
        turn.mkdir()
    with Turn(turn).taken() if writable else nullcontext():
        other = _store(tmp_path, dimensions=64)
        assert other.fetch_semantic("bare except hides failures", 1)[0].episode.id == "run-2"
        table = tables.place(located(tmp_path)).open()
        assert table is not None
        assert len(table.waiting(limit=9)) == len(ALL)


def test_stores_of_two_embedders_at_once_stay_right(tmp_path: Path) -> None:
    small, large = _store(tmp_path, dimensions=32), _store(tmp_path, dimensions=64)
    for number in range(4):
        (small, large)[number % 2].remember(numbered(number))
        assert small.fetch_semantic(f"x = {number}", 1)[0].episode.id == f"n{number}"
        assert large.count() == number + 1


def test_machines_of_two_embedders_share_a_memory_without_writing_it_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    address = f"file-object-store://{tmp_path}/shared"  # as a bucket: no lock is shared
    ours, theirs = (
        MemoryStore(address, embedder=HashingEmbedder(dimensions=size)) for size in (16, 24)
    )
    ours.remember_all(ALL)
    place = tables.place(located(address))

    def stamp() -> tables.Stamp:
        table = place.open()
        assert table is not None
        return table.stamp()

    before = stamp()
    assert theirs.fetch_semantic("bare except hides failures", 1)[0].episode.id == "run-2"
    assert theirs.fetch_semantic("zzz", 1) == []
    theirs.remember(numbered(1))
    theirs.embed()
    theirs.tidy()
    assert stamp() == before
    assert ours.get("n1") == theirs.get("n1") == rows.scrubbed(numbered(1))
    ours.embed()
    table = place.open()
    assert table is not None
    assert table.waiting(limit=9) == []
    assert theirs.forget("n1")
    assert theirs.rebuild(theirs.oldest_first()) == len(ALL)
    assert stamp() != before
    assert {episode.id for episode in ours.all()} == {episode.id for episode in ALL}
    for store in (ours, theirs):
        store.close()


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    stamp = tables.Stamp(tables.SCHEMA_VERSION + 1, "hashing-1-256", 256)
    tables.place(located(tmp_path)).replace(stamp, batches=[])
    before = _files(tmp_path)
    store = _store(tmp_path)
    with pytest.raises(StorageUnavailable, match="newer Playground; update"):
        store.count()
    with pytest.raises(StorageUnavailable, match="newer Playground; update"):
        store.remember(PLAIN)
    assert {path: content for path, content in _files(tmp_path).items() if path in before} == before


# ── trouble ──────────────────────────────────────────────────────────────────────────────────


def _spoil_versions(folder: Path) -> None:
    for path in (folder / "episodes.lance" / "_versions").iterdir():
        path.write_bytes(b"garbage")


def _lose_versions(folder: Path) -> None:
    for path in (folder / "episodes.lance" / "_versions").iterdir():
        path.unlink()


def _cut_data(folder: Path) -> None:
    for path in (folder / "episodes.lance" / "data").iterdir():
        path.write_bytes(path.read_bytes()[:10])


def _lose_data(folder: Path) -> None:
    for path in (folder / "episodes.lance" / "data").iterdir():
        path.unlink()


def _become_a_file(folder: Path) -> None:
    (folder / "episodes.lance").rename(folder / "elsewhere")
    (folder / "episodes.lance").write_bytes(b"garbage")


@pytest.mark.parametrize(
    "spoil", [_spoil_versions, _lose_versions, _cut_data, _lose_data, _become_a_file]
)
def test_a_spoilt_folder_is_said_and_can_be_made_anew(tmp_path: Path, spoil: object) -> None:
    assert callable(spoil)
    _store(tmp_path).rebuild(ALL)
    spoil(tmp_path)
    store = _store(tmp_path)
    with pytest.raises(StorageUnavailable) as caught:
        store.fetch_semantic("default")
    message = str(caught.value)
    assert message.endswith("run `playground memory repair` to make it anew from the journal.")
    assert "\n" not in message
    assert len(message) < 400
    assert store.rebuild(ALL) == 3
    assert store.count() == 3


def test_a_making_that_was_cut_off_counts_as_empty(tmp_path: Path) -> None:
    (tmp_path / "episodes.lance" / "_versions").mkdir(parents=True)
    store = _store(tmp_path)
    assert store.count() == 0
    assert store.fetch_semantic("default") == []
    store.remember(PLAIN)
    assert store.all() == [PLAIN]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = _store(tmp_path / "file")
    assert store.count() == 0
    with pytest.raises(StorageUnavailable, match="choose a place where a folder can be made"):
        store.remember(PLAIN)


def test_a_table_may_be_removed_beneath_a_store(tmp_path: Path) -> None:
    store = _store(tmp_path)
    store.remember(PLAIN)
    tables.place(located(tmp_path)).drop()
    assert store.count() == 0
    store.remember(PLAIN)
    assert store.count() == 1


def test_trouble_is_said_within_a_second(tmp_path: Path) -> None:
    _store(tmp_path).rebuild(ALL)
    _spoil_versions(tmp_path)
    start = time.process_time()
    with pytest.raises(StorageUnavailable):
        _store(tmp_path).count()
    assert time.process_time() - start < 1.0


def test_warming_says_nothing_of_trouble_until_it_is_asked(tmp_path: Path) -> None:
    _store(tmp_path).rebuild(ALL)
    _spoil_versions(tmp_path)
    store = _store(tmp_path)
    store.warm()
    store.close()
    with pytest.raises(StorageUnavailable):
        store.count()


# ── a disk without room, and a repair that is cut off ────────────────────────────────────────

FILLER = """
import resource, sys
from pathlib import Path
from memory_samples import numbered
from playground.domain.errors import StorageUnavailable
from playground.memory import MemoryStore
from playground.memory.embedders.hashing import HashingEmbedder
memory = MemoryStore(Path(sys.argv[1]), embedder=HashingEmbedder(dimensions=16))
memory.rebuild(numbered(number) for number in range(5))
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))
for work in (lambda: memory.remember(numbered(9)), memory.compact, lambda: memory.forget("n1")):
    try:
        work()
        print("done")
    except StorageUnavailable as error:
        print(error)
"""


class _Cut(HashingEmbedder):
    """Stands for a person who presses Ctrl-C."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        raise KeyboardInterrupt


@pytest.mark.slow
def test_a_disk_without_room_is_said_and_what_was_kept_stays(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILLER, str(tmp_path / "memory")],
        env={"PYTHONPATH": str(Path(__file__).parent), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    sentences = done.stdout.splitlines()
    assert len(sentences) == 3
    for sentence in sentences[::2]:
        assert sentence.endswith("raise the limit of file sizes and try again.")
    store = _store(tmp_path / "memory", dimensions=16)
    assert {f"n{number}" for number in range(5)} <= {episode.id for episode in store.all()}
    store.remember(PLAIN)
    store.compact()
    assert store.get(PLAIN.id) == PLAIN


def test_a_repair_that_was_cut_off_is_said_until_it_is_done(tmp_path: Path) -> None:
    store = _store(tmp_path)
    store.rebuild(ALL)
    _spoil_versions(tmp_path)

    with pytest.raises(KeyboardInterrupt):
        MemoryStore(tmp_path, embedder=_Cut()).rebuild(ALL)
    for call in (store.count, lambda: store.remember(PLAIN), lambda: store.fetch_semantic("x")):
        with pytest.raises(StorageUnavailable, match="cut off; run `playground memory repair`"):
            call()
    assert store.rebuild(ALL) == 3
    assert store.count() == 3


def test_a_readable_memory_is_whole_until_the_new_one_is(tmp_path: Path) -> None:
    store = _store(tmp_path)
    store.rebuild(ALL)

    with pytest.raises(KeyboardInterrupt):
        MemoryStore(tmp_path, embedder=_Cut()).rebuild([PLAIN])
    assert store.count() == 3
