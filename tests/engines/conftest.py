from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sglang_cpu import StartedSGLang, started_sglang
from vllm_cpu import VLLM_FOLDER, StartedVLLM, started_vllm

from playground.engines.weights import ModelStore
from playground.engines.weights.registry import RegistrySource

# Only who names its environment asks for vLLM: without, its tests are not there to be skipped.
collect_ignore = [] if VLLM_FOLDER else ["test_real_vllm.py"]


@pytest.fixture
def empty_store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models", sources=())


@pytest.fixture(scope="session")
def real_store(model_cache: Path) -> ModelStore:
    """The person's own store with the default model in it, pulled if need be.

    The registry alone is asked: pip is a process of its own, while this one may not leave the
    loopback interface.
    """
    store = ModelStore(model_cache, sources=(RegistrySource(),))
    store.pull("qwen2.5-coder-1.5b", from_file=None, progress=lambda _: None)
    return store


@pytest.fixture(scope="session")
def sglang_cpu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedSGLang]:
    """The real SGLang, started once for all tests that need it."""
    store = ModelStore(tmp_path_factory.mktemp("sglang") / "models", sources=())
    with started_sglang(store) as server:
        yield server


@pytest.fixture(scope="session")
def vllm_cpu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedVLLM]:
    """The real vLLM, started once for all tests that need it."""
    with started_vllm(tmp_path_factory.mktemp("vllm")) as server:
        yield server
