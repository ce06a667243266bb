"""What every memory does, whichever it is: run over the real store and over the fake."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest
from memory_samples import ALL, PLAIN, SWALLOWED, ZIP

from playground.domain.episodes import Episode
from playground.domain.errors import BadInput
from playground.domain.ports import MemoryStore as MemoryPort
from playground.domain.ports import RecallQuery
from playground.memory import MemoryStore
from playground.memory.embedders.hashing import HashingEmbedder
from playground.testing.memory import FakeMemory


class Memory(MemoryPort, Protocol):
    def get(self, episode_id: str) -> Episode | None: ...
    def all(self, limit: int = 1000) -> list[Episode]: ...
    def known(self, identifiers: Iterable[str]) -> frozenset[str]: ...
    def close(self) -> None: ...


def _lance(folder: Path) -> Memory:
    return MemoryStore(folder / "memory", embedder=HashingEmbedder())


def _fake(_folder: Path) -> Memory:
    return FakeMemory()


@pytest.fixture(params=[_lance, _fake], ids=["lance", "fake"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Memory:
    make: Callable[[Path], Memory] = request.param
    return make(tmp_path)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all episodes, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("filled")
    _lance(folder).rebuild(ALL)
    return folder


@pytest.fixture
def full(memory: Memory, filled: Path, tmp_path: Path) -> Memory:
    if isinstance(memory, FakeMemory):
        memory.rebuild(ALL)
    else:
        shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    return memory


def _ids(memory: Memory, query: RecallQuery) -> list[str]:
    return [found.episode.id for found in memory.recall(query)]


def test_an_empty_memory_knows_nothing(memory: Memory) -> None:
    assert memory.fetch_semantic("error handling patterns", k=5) == []
    assert memory.recall(RecallQuery(text="")) == []
    assert memory.count() == 0
    assert memory.all() == []
    assert memory.get("run-1") is None
    assert memory.forget("run-1") is False


def test_what_was_remembered_comes_back_whole(full: Memory) -> None:
    assert full.count() == 3
    assert full.get("run-2") == SWALLOWED
    (best, *_) = full.fetch_semantic(ZIP.text)
    assert best.episode == ZIP


def test_the_same_id_replaces(full: Memory) -> None:
    changed = replace(PLAIN, outcome="undone", reason="broke the build")
    full.remember(changed)
    assert full.count() == 3
    assert full.get("run-1") == changed


def test_an_episode_without_an_id_is_refused(memory: Memory) -> None:
    with pytest.raises(BadInput, match="id"):
        memory.remember(replace(PLAIN, id=""))
    assert memory.count() == 0


def test_forgetting_removes_one_and_says_so_once(full: Memory) -> None:
    assert full.forget("run-1") is True
    assert full.forget("run-1") is False
    assert full.get("run-1") is None
    assert full.count() == 2
    assert "run-1" not in _ids(full, RecallQuery(text=PLAIN.text))


def test_k_bounds_the_answer(full: Memory) -> None:
    for k, expected in ((-1, 0), (0, 0), (1, 1), (2, 2), (10**12, 3)):
        assert len(full.fetch_semantic("default argument", k)) == expected
        assert len(full.recall(RecallQuery(text="", k=k))) == expected


def test_best_come_first(full: Memory) -> None:
    scores = [found.score for found in full.fetch_semantic("bare except hides failures")]
    assert scores == sorted(scores, reverse=True)
    assert full.fetch_semantic("bare except hides failures", 1)[0].episode.id == "run-2"


def test_words_alone_find_what_shares_them(full: Memory) -> None:
    assert full.fetch_semantic("prices", 1)[0].episode.id == "run-3"


def test_without_text_the_last_decided_come_first(full: Memory) -> None:
    assert _ids(full, RecallQuery(text=" \n")) == ["run-3", "run-2", "run-1"]
    assert [episode.id for episode in full.all(limit=2)] == ["run-3", "run-2"]
    assert full.all(limit=0) == []


def test_every_episode_comes_in_the_order_of_decisions(full: Memory) -> None:
    full.remember(replace(PLAIN, id="run-0", decided_at=1_500.0))
    assert [episode.id for episode in full.oldest_first()] == ["run-1", "run-0", "run-2", "run-3"]


def test_which_ids_are_known(full: Memory) -> None:
    assert full.known(["run-1", "run-9", "run-3", "\ud800"]) == {"run-1", "run-3"}
    full.forget("run-1")
    assert full.known(["run-1", "run-3"]) == {"run-3"}


def test_a_memory_may_be_made_anew_from_itself(full: Memory) -> None:
    changed = replace(PLAIN, outcome="undone")

    def both() -> Iterator[Episode]:
        yield from full.oldest_first()
        yield changed

    assert full.rebuild(both()) == 3
    assert list(full.oldest_first()) == [changed, SWALLOWED, ZIP]


@pytest.mark.parametrize("text", ["", "default argument"])
def test_filters_narrow(full: Memory, text: str) -> None:
    query = RecallQuery(text=text, k=9)
    assert set(_ids(full, query)) == {"run-1", "run-2", "run-3"}
    assert set(_ids(full, replace(query, language="python"))) == {"run-1", "run-2", "run-3"}
    assert _ids(full, replace(query, language="typescript")) == []
    assert _ids(full, replace(query, rule="E722")) == ["run-2"]
    assert _ids(full, replace(query, root="/home/ann/mail")) == ["run-2"]
    assert set(_ids(full, replace(query, outcomes=("approved", "amended")))) == {"run-1", "run-3"}
    assert _ids(full, replace(query, rule="B905", outcomes=("rejected",))) == []
    assert _ids(full, replace(query, rule="B905", root="/home/ann/shop")) == ["run-3"]


@pytest.mark.parametrize("text", ["", "default argument"])
def test_episodes_of_a_repository_without_trust_are_recalled_there_alone(
    full: Memory, text: str
) -> None:
    full.remember(replace(PLAIN, id="foreign", root="/theirs", trusted=False))
    query = RecallQuery(text=text, k=9)
    assert "foreign" in _ids(full, query)
    assert "foreign" in _ids(full, replace(query, asking_root="/theirs"))
    assert set(_ids(full, replace(query, asking_root="/home/ann/shop"))) == {e.id for e in ALL}


def test_code_is_asked_for_beside_text(full: Memory) -> None:
    query = RecallQuery("strict", code="for a, b in zip(names, prices):\n    show(a, b)\n", k=1)
    assert _ids(full, query) == ["run-3"]


def test_secrets_are_scrubbed_before_anything_is_stored(memory: Memory) -> None:
    key = "AKIA" + "Q3EXAMPLE7ZXKLMN"
    line = f'AWS_KEY = "{key}"\n'
    memory.remember(replace(PLAIN, before=line, after=line, diff="+" + line, reason=line))
    found = memory.get("run-1")
    assert found is not None
    assert key not in repr(found)
    assert "AWS_KEY" in found.before


def test_closing_twice_is_harmless(full: Memory) -> None:
    full.close()
    full.close()
