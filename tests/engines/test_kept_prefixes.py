"""Read beginnings of prompts that outlive the process, with the real model."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from playground.domain.ports import Generation, GenerationRequest, Message
from playground.engines.llama_cpp import LlamaCppEngine, Options
from playground.engines.weights import ModelStore
from playground.engines.worker.prefixes import PrefixPlan

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("model"),
    pytest.mark.skipif(sys.platform != "linux", reason="runs where the model's other tests run"),
]
NAME = "qwen2.5-coder-1.5b"
RULES = "\n".join(f"- Rule {n}: name what is counted in variable {n}." for n in range(7))
CARD = "Rule B006: do not use mutable defaults. Use None and make the value inside.\n" * 4 + "\n"


def question(number: int) -> GenerationRequest:
    code = f"Write one line of Python that defines f{number} with an empty list as default."
    messages = (Message("system", RULES), Message("user", CARD + code))
    return GenerationRequest(
        f"q{number}", messages, 12, deadline_s=280, shared_prefix=1, shared_chars=len(CARD)
    )


@contextmanager
def engine(store: ModelStore, folder: Path | None) -> Generator[LlamaCppEngine]:
    plan = PrefixPlan(folder, NAME, 1 << 28) if folder else None
    made = LlamaCppEngine(
        Options(slots=1), model_id="real", model_file=lambda: store.path(NAME), prefixes=plan
    )
    try:
        yield made
    finally:
        made.close()


def unread(done: Generation) -> int:
    return done.usage.prompt - done.usage.cached


def test_another_process_reads_only_what_is_new_and_answers_the_same(
    real_store: ModelStore, tmp_path: Path
) -> None:
    folder = tmp_path / "prefixes"
    with engine(real_store, None) as plain:
        expected = plain.generate(question(2)).text
    with engine(real_store, folder) as first:
        assert first.generate(question(1)).usage.cached == 0
    kept = sorted(folder.iterdir(), key=lambda path: path.stat().st_size)
    assert len(kept) == 2  # after the system text, and after the rule
    with engine(real_store, folder) as second:
        done = second.generate(question(2))
        assert done.text == expected
        assert unread(done) < 40 < done.usage.cached
    kept[1].write_bytes(kept[1].read_bytes()[:-1])
    _replace_state(kept[0], data=b"\x00" * 4_096)
    with engine(real_store, folder) as third:
        done = third.generate(question(2))
        assert (done.text, done.usage.cached) == (expected, 0)
        assert len(list(folder.iterdir())) == 2


def _replace_state(path: Path, *, data: bytes) -> None:
    """Puts something into the file that has the right digest and that the library refuses."""
    header: dict[str, object] = json.loads(path.read_bytes().split(b"\n", 1)[0])
    header |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    path.write_bytes(json.dumps(header).encode() + b"\n" + data)
