"""An engine that is asked the same question once: trials that share questions share answers.

An answer is a function of the whole request, the model and the engine's version, where decoding is
greedy or seeded. So a request that was answered is answered again from what was recorded, piece by
piece, and nothing else about the caller needs to be known.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from playground.domain.candidates import Cost, Usage
from playground.domain.errors import EngineUnavailable
from playground.domain.ports import (
    Chunk,
    Engine,
    EngineInfo,
    Finish,
    Generation,
    GenerationRequest,
    Health,
)

_NOT_THE_ANSWER = ("id", "priority", "deadline_s", "shared_prefix", "shared_chars", "run_id")
"""Of a request: who asks, when it is served, and what the engine may have read already."""


@dataclass(frozen=True, slots=True)
class Recording:
    """An answer as it came.

    Attributes:
        pieces: the texts of its chunks.
        done: what the last chunk said.
        cancelled_after: how many chunks had come when the caller had enough, -1 for all.
    """

    pieces: tuple[str, ...]
    done: Generation
    cancelled_after: int = -1

    def line(self) -> str:
        """Returns it as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, line: str) -> Recording:
        """Returns what `line` was made from."""
        values = cast("dict[str, Any]", json.loads(line))
        told = cast("dict[str, Any]", values["done"])
        told["finish"] = Finish(told["finish"])
        told["usage"], told["cost"] = Usage(**told["usage"]), Cost(**told["cost"])
        done = Generation(**told)
        return cls(tuple(values["pieces"]), done, values["cancelled_after"])


def request_digest(request: GenerationRequest, *, info: EngineInfo) -> str:
    """Returns a digest of everything that an answer depends on, "" where chance is part of it."""
    if request.temperature > 0 and request.seed is None:
        return ""
    values = {k: v for k, v in asdict(request).items() if k not in _NOT_THE_ANSWER}
    asked = [info.kind, info.model, info.version, values]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


class RecordedEngine:
    """The port `Engine` over another one; safe to share between threads.

    Attributes:
        asked: how many requests the engine itself answered.
        reused: how many were answered from what was recorded.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        known: MutableMapping[str, Recording],
        keep: Callable[[str, Recording], None] | None = None,
    ) -> None:
        """Wraps an engine.

        Args:
            engine: what is asked.
            known: recordings by digest; new ones are added.
            keep: is told each new one, so that it outlives the process.
        """
        self._engine = engine
        self._known = known
        self._keep = keep
        self._lock = threading.Lock()
        self._cancelled: set[str] = set()
        self.asked = 0
        self.reused = 0

    @property
    def kind(self) -> str:
        """The kind of the engine inside."""
        return self._engine.kind

    def probe(self) -> EngineInfo:
        """Returns what the engine inside can do."""
        return self._engine.probe()

    def health(self, *, deep: bool = False) -> Health:
        """Returns the state of the engine inside."""
        return self._engine.health(deep=deep)

    def generate(self, request: GenerationRequest) -> Generation:
        """Answers one request.

        Raises:
            EngineUnavailable: the engine inside ended without an answer.
        """
        done = [chunk.done for chunk in self.stream(request) if chunk.done]
        if not done:
            raise EngineUnavailable("The engine ended without an answer; ask again.")
        return done[-1]

    def stream(self, request: GenerationRequest) -> Iterator[Chunk]:
        """Answers piece by piece, from what was recorded where there is something."""
        digest = request_digest(request, info=self._engine.probe())
        with self._lock:
            self._cancelled.discard(request.id)
            known = self._known.get(digest) if digest else None
        return self._again(request, known) if known else self._anew(request, digest)

    def cancel(self, request_id: str) -> bool:
        """Cancels a request, also one that is answered from what was recorded."""
        with self._lock:
            self._cancelled.add(request_id)
        return self._engine.cancel(request_id)

    def count_tokens(self, text: str) -> int:
        """Returns what the engine inside counts."""
        return self._engine.count_tokens(text)

    def load_adapter(self, name: str, *, path: Path) -> None:
        """Loads it into the engine inside."""
        self._engine.load_adapter(name, path=path)

    def unload_adapter(self, name: str) -> None:
        """Frees it in the engine inside."""
        self._engine.unload_adapter(name)

    def close(self) -> None:
        """Ends the engine inside."""
        self._engine.close()

    def _anew(self, request: GenerationRequest, digest: str) -> Iterator[Chunk]:
        with self._lock:
            self.asked += 1
        pieces: list[str] = []
        cancelled_after = -1
        for chunk in self._engine.stream(request):
            pieces.append(chunk.text)
            if chunk.done and digest:
                self._record(digest, Recording(tuple(pieces), chunk.done, cancelled_after))
            yield chunk
            if cancelled_after < 0 and request.id in self._cancelled:
                cancelled_after = len(pieces)

    def _record(self, digest: str, recording: Recording) -> None:
        with self._lock:
            self._known[digest] = recording
            if self._keep is not None:
                self._keep(digest, recording)

    def _again(self, request: GenerationRequest, known: Recording) -> Iterator[Chunk]:
        last = len(known.pieces)
        given = ""
        for number, piece in enumerate(known.pieces, start=1):
            if number == last:
                with self._lock:
                    self.reused += 1
                yield Chunk(piece, known.done)
                return
            given += piece
            yield Chunk(piece)
            enough = request.id in self._cancelled
            if enough and known.cancelled_after < 0:
                # The one who asked first wanted all of it; so this is where the answer ends.
                usage = replace(known.done.usage, completion=number)
                done = replace(known.done, text=given, finish=Finish.CANCELLED, usage=usage)
                yield Chunk("", done)
                return
            if not enough and number == known.cancelled_after:
                # The one who asked first had enough here, and this one wants more.
                yield from self._rest(request, after=number)
                return

    def _rest(self, request: GenerationRequest, *, after: int) -> Iterator[Chunk]:
        with self._lock:
            self.asked += 1
        for number, chunk in enumerate(self._engine.stream(request), start=1):
            if number > after:
                yield chunk
