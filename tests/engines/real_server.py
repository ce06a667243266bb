"""What the tests know of a real server on a processor, whichever it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True)
class RealServer(ABC):
    """A server that was started for the tests, with the model that counts.

    Attributes:
        kind: of the engine that attaches to it.
        block_tokens: how many tokens of a prompt's beginning it keeps or drops together.
        folder: its environment and its models.
    """

    kind: ClassVar[str]
    block_tokens: ClassVar[int]

    folder: Path

    @property
    @abstractmethod
    def options(self) -> Mapping[str, object]:
        """Options with which an engine attaches to it."""

    @abstractmethod
    def works_on(self) -> int:
        """Returns how many requests it answers now."""

    @property
    def adapter(self) -> Path:
        """A LoRA adapter for its model."""
        return self.folder / "models" / "counter-lora"


def process_in(session: int, *, named: str) -> int:
    """Returns the process of a session whose name has this in it; servers name theirs."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name, fields = (folder / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue
        if int(fields.split()[3]) == session and named in name:
            return int(folder.name)
    raise AssertionError(f"no process of the session {session} is called {named}")
