"""Embedders: unit vectors, the same every time, from packaged files alone."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_samples import ALL

from playground.domain.errors import BadInput, StorageUnavailable, Unavailable
from playground.domain.ports import Embedder
from playground.memory import MemoryStore, embedders, tables
from playground.memory.embedders import wordllama
from playground.memory.locations import located

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)
WORDLLAMA = embedders.load("wordllama")
HASHING = embedders.load("hashing")

BARE = "except clause without exception type hides failures"
AS_LIBRARY = """
import json, sys
from safetensors import safe_open
from tokenizers import Tokenizer
from wordllama.inference import WordLlamaInference
folder, texts = sys.argv[1], json.loads(sys.argv[2])
with safe_open(folder + "/weights/l2_supercat_256.safetensors", framework="np") as file:
    weights = file.get_tensor("embedding.weight")
path = folder + "/tokenizers/l2_supercat_tokenizer_config.json"
model = WordLlamaInference(weights, Tokenizer.from_file(path))
print(json.dumps(model.embed(texts, norm=True).tolist()))
"""


def _cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("embedder", [WORDLLAMA, HASHING], ids=["wordllama", "hashing"])
@settings(max_examples=50, deadline=None)
@given(texts=st.lists(ANY_TEXT, max_size=4))
def test_every_text_gives_one_unit_vector_of_its_own(embedder: Embedder, texts: list[str]) -> None:
    vectors = embedder.embed(texts)
    assert len(vectors) == len(texts)
    for text, vector in zip(texts, vectors, strict=True):
        assert len(vector) == embedder.dimensions
        assert math.isclose(_cosine(vector, vector), 1.0, abs_tol=1e-4)
        assert embedder.embed([text]) == [vector]


@pytest.mark.parametrize("embedder", [WORDLLAMA, HASHING], ids=["wordllama", "hashing"])
def test_long_texts_are_bearable(embedder: Embedder) -> None:
    (vector,) = embedder.embed(["error handling \U0001f600 " * 6_000])
    assert math.isclose(_cosine(vector, vector), 1.0, abs_tol=1e-4)


def test_embedders_are_found_by_file_name_and_differ_in_id() -> None:
    assert embedders.names() == ("hashing", "wordllama")
    assert WORDLLAMA.id != HASHING.id
    with pytest.raises(BadInput, match="hashing, wordllama"):
        embedders.load("no-such")


@pytest.mark.parametrize(
    ("system", "machine", "version", "expected"),
    [
        ("linux", "x86_64", (3, 11), "wordllama"),
        ("linux", "x86_64", (3, 13), "wordllama"),
        ("darwin", "arm64", (3, 12), "wordllama"),
        ("linux", "aarch64", (3, 12), "hashing"),
        ("linux", "x86_64", (3, 14), "hashing"),
        ("darwin", "arm64", (3, 14), "hashing"),
    ],
)
def test_the_default_is_one_that_can_be_installed(
    system: str, machine: str, version: tuple[int, int], expected: str
) -> None:
    assert embedders.default(system=system, machine=machine, version=version) == expected


@dataclass(frozen=True)
class _Set:
    embedder: str

    def within(self, folder: Path) -> Path:
        return folder / "set"


def test_the_configuration_names_the_embedder(tmp_path: Path) -> None:
    store = MemoryStore.configured(_Set("hashing"), folder=tmp_path)
    store.remember(ALL[0])
    table = tables.place(located(tmp_path / "set")).open()
    assert table is not None
    assert table.stamp().embedder.startswith(embedders.load("hashing").id)
    other = MemoryStore.configured(_Set("no_such"), folder=tmp_path)
    with pytest.raises(StorageUnavailable, match="hashing, wordllama"):
        other.fetch_semantic("default")


def test_a_store_without_its_model_says_so_at_once(tmp_path: Path) -> None:
    store = MemoryStore(tmp_path / "memory", embedder=wordllama.WordLlamaEmbedder(tmp_path))
    with pytest.raises(StorageUnavailable, match="install Playground again from its lock file"):
        store.remember(ALL[0])
    assert store.count() == 0
    MemoryStore(tmp_path / "memory").rebuild(ALL)
    with pytest.raises(StorageUnavailable, match="install Playground again from its lock file"):
        store.fetch_semantic("default")
    assert store.count() == len(ALL)


def test_meaning_counts_where_no_word_is_shared() -> None:
    query, near, far = WORDLLAMA.embed(
        ["swallowed errors", "exceptions that are ignored", "import order of modules"]
    )
    assert _cosine(query, near) > _cosine(query, far) + 0.1


def test_a_store_finds_what_was_meant(tmp_path: Path) -> None:
    store = MemoryStore(tmp_path)
    store.rebuild(ALL)
    assert store.fetch_semantic("error handling patterns", k=1)[0].episode.id == "run-2"
    assert store.fetch_semantic("arguments shared across invocations", k=1)[0].episode.id == "run-1"


def test_a_text_costs_less_than_a_few_milliseconds() -> None:
    WORDLLAMA.embed([BARE])
    start = time.process_time()
    WORDLLAMA.embed([f"{BARE} {number}" for number in range(200)])
    assert (time.process_time() - start) / 200 < 0.005


def test_missing_files_are_said(tmp_path: Path) -> None:
    embedder = wordllama.WordLlamaEmbedder(tmp_path)
    with pytest.raises(Unavailable, match=r"cannot be read .* install Playground again"):
        embedder.embed([BARE])


def test_other_weights_than_the_pinned_ones_are_refused(tmp_path: Path) -> None:
    package = Path(sys.modules["tokenizers"].__file__ or "").parents[1] / "wordllama"
    for name in ("weights", "tokenizers"):
        shutil.copytree(package / name, tmp_path / name)
    assert wordllama.WordLlamaEmbedder(tmp_path).embed([BARE]) == WORDLLAMA.embed([BARE])
    weights = tmp_path / wordllama.WEIGHTS
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(Unavailable, match="is not the expected one; install Playground again"):
        wordllama.WordLlamaEmbedder(tmp_path).embed([BARE])


@pytest.mark.slow
def test_vectors_are_those_of_the_library_itself() -> None:
    package = Path(sys.modules["tokenizers"].__file__ or "").parents[1] / "wordllama"
    texts = [BARE, "def f(x=[]):\n    return x", "例外 \U0001f600"]
    command = [sys.executable, "-c", AS_LIBRARY, str(package)]
    result = subprocess.run(
        [*command, json.dumps(texts)], check=True, capture_output=True, text=True
    )
    theirs: list[list[float]] = json.loads(result.stdout)
    for mine, other in zip(WORDLLAMA.embed(texts), theirs, strict=True):
        assert _cosine(mine, other) > 0.9999
