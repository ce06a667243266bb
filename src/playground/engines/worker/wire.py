"""What the worker is told at its start and what it answers, one line of JSON each."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Tuning:
    """How the library works, as `bench/engine.py` found it best on two cores.

    Attributes:
        batch_tokens: tokens of a prompt that are read at once. A batch cannot be interrupted, so a
            small one lets cancelled and waiting calls in sooner; larger ones read hardly faster.
        match_tokens: how many tokens must have occurred before for their continuation to be
            guessed (prompt-lookup decoding); 0 guesses nothing.
        guess_tokens: how many are guessed. With the token before them they are computed together,
            and the kernels do that best in multiples of four.
        flash_attention: whether attention is computed block by block.
    """

    batch_tokens: int = 128
    match_tokens: int = 6
    guess_tokens: int = 15
    flash_attention: bool = True


TUNED = Tuning()


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What the worker is told; the key makes it answer nobody but us.

    Attributes:
        parent: process id of whom it belongs to.
        folder: its private folder.
        socket: path of the unix socket that it is to listen on.
        api_key: what callers must present.
        model: path of the verified model file.
        context_tokens: tokens of each slot.
        slots: answers that are decoded side by side.
        threads: threads for decoding and for reading prompts.
        tuning: how the library works.
    """

    parent: int
    folder: str
    socket: str
    api_key: str
    model: str
    context_tokens: int
    slots: int
    threads: int
    tuning: Tuning = field(default_factory=Tuning)

    def line(self) -> str:
        """Returns the settings as one line."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, line: str) -> WorkerSettings:
        """Reads them back.

        Raises:
            ValueError: the line is something else.
        """
        try:
            found = cast("dict[str, Any]", json.loads(line))
            found["tuning"] = Tuning(**found["tuning"])
            return cls(**found)
        except (KeyError, TypeError) as error:
            raise ValueError("not the worker's settings") from error


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """What the worker answers once it knows.

    Attributes:
        state: "ready", "missing" (a library) or "failed".
        detail: the engine's version when ready, else what went wrong.
    """

    state: str
    detail: str

    def line(self) -> str:
        """Returns the report as one line."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, line: str) -> WorkerReport:
        """Reads it back; anything else counts as a failure."""
        try:
            found: object = json.loads(line)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            return cls("failed", "it said nothing")
        facts = cast("dict[str, object]", found)
        return cls(str(facts.get("state", "failed")), str(facts.get("detail", "")))
