"""What the worker is told at its start and what it answers, one line of JSON each."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, cast


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
    """

    parent: int
    folder: str
    socket: str
    api_key: str
    model: str
    context_tokens: int
    slots: int
    threads: int

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
            return cls(**cast("dict[str, Any]", json.loads(line)))
        except TypeError as error:
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
