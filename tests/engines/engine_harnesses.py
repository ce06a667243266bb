"""How the contract suite gets an engine of each kind and what it may expect of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from loopback_server import COUNTING, loopback_server
from sglang_stand_in import sglang_stand_in
from trtllm_stand_in import trtllm_stand_in

from playground.domain.ports import Engine, GenerationRequest, Message
from playground.engines.factory import EngineSettings, ModelFactory
from playground.engines.weights import ModelStore

NUMBERS = "Count from 1 to 200. Write the numbers alone, separated by a comma and a space."


@dataclass(frozen=True)
class Subject:
    """An engine under the contract.

    Attributes:
        engine: what is tested; its long answer counts from 1 to 200.
        calls: how often a server or a script was asked, None where that cannot be told.
    """

    engine: Engine
    calls: Callable[[], int] | None


@dataclass(frozen=True)
class Harness:
    """How to make a subject of one kind.

    Attributes:
        is_slow: whether it needs a real model.
        open: makes one in a temporary folder, from a store of models.
    """

    is_slow: bool
    open: Callable[[Path, ModelStore], AbstractContextManager[Subject]]


def counting(request_id: str = "count", *, max_tokens: int = 40) -> GenerationRequest:
    """Returns a request with a long, predictable answer that is begun already."""
    messages = (Message("user", NUMBERS), Message("assistant", "1, 2, 3,"))
    return GenerationRequest(request_id, messages, max_tokens, deadline_s=300.0)


def inner(engine: Engine) -> object:
    """Returns the adapter's engine behind the one that the factory gives out."""
    found: object = vars(engine)["_inner"]
    return found


@contextmanager
def made_engine(
    kind: str, options: Mapping[str, object], *, store: ModelStore
) -> Generator[Engine]:
    """Makes an engine and closes it."""
    factory = ModelFactory({"it": EngineSettings(kind, options)}, default="it", store=store)
    try:
        yield factory.get()
    finally:
        factory.close()


@contextmanager
def _scripted(folder: Path, store: ModelStore) -> Generator[Subject]:
    script, log = folder / "script.jsonl", folder / "calls.log"
    rest = COUNTING.removeprefix("1, 2, 3,")
    script.write_text(json.dumps({"match": "Count", "answer": rest, "delay_s": 0.25}) + "\n")
    log.write_text("")
    with made_engine("scripted", {"file": str(script), "log": str(log)}, store=store) as engine:
        yield Subject(engine, lambda: len(log.read_text().splitlines()))


@contextmanager
def _openai_compatible(folder: Path, store: ModelStore) -> Generator[Subject]:
    del folder
    with loopback_server() as (address, behaviour):
        behaviour.answer = COUNTING.removeprefix("1, 2, 3,")
        options = {"base_url": address, "api_key": behaviour.key, "prefill": "native"}
        with made_engine("openai_compatible", options, store=store) as engine:
            yield Subject(engine, lambda: len(behaviour.asked))


@contextmanager
def _llama_cpp(folder: Path, store: ModelStore) -> Generator[Subject]:
    del folder
    with made_engine("llama_cpp", {"model": "qwen2.5-coder-1.5b"}, store=store) as engine:
        yield Subject(engine, None)


@contextmanager
def small_llama_cpp(store: ModelStore) -> Generator[Subject]:
    """Makes the embedded engine with the model for weak machines, pulled if need be."""
    name = "qwen2.5-coder-0.5b"
    store.pull(name, from_file=None, progress=lambda _: None)
    with made_engine("llama_cpp", {"model": name}, store=store) as engine:
        yield Subject(engine, None)


@contextmanager
def _sglang(folder: Path, store: ModelStore) -> Generator[Subject]:
    del folder
    with sglang_stand_in() as (address, behaviour):
        behaviour.answer = COUNTING.removeprefix("1, 2, 3,")
        keys = {"api_key": behaviour.key, "admin_api_key": behaviour.admin_key}
        with made_engine("sglang", {"base_url": address, **keys}, store=store) as engine:
            yield Subject(engine, lambda: len(behaviour.asked))


@contextmanager
def _trtllm(folder: Path, store: ModelStore) -> Generator[Subject]:
    del folder
    with trtllm_stand_in() as (address, behaviour):
        options = {"base_url": address, "api_key": behaviour.key}
        with made_engine("trtllm", options, store=store) as engine:
            yield Subject(engine, lambda: len(behaviour.asked))


HARNESSES: Mapping[str, Harness] = {
    "llama_cpp": Harness(is_slow=True, open=_llama_cpp),
    "openai_compatible": Harness(is_slow=False, open=_openai_compatible),
    "scripted": Harness(is_slow=False, open=_scripted),
    "sglang": Harness(is_slow=False, open=_sglang),
    "trtllm": Harness(is_slow=False, open=_trtllm),
}
