"""What can be asked of an analyzer program, how it is started, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from playground.security.programs import Program
from playground.security.room.receipts import NO_RECEIPT, Receipt


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One start of an analyzer program that answers and ends.

    Attributes:
        program: which one.
        arguments: what follows the program's name.
        scratch: an existing folder that is its working directory and home.
        timeout_s: seconds after which it is killed with everything that it started.
        reads: files and folders that it needs to read; a sealed room shuts all others.
        output_bytes_max: bytes on both outputs together at most.
    """

    program: Program
    arguments: tuple[str, ...]
    scratch: Path
    timeout_s: float
    reads: tuple[Path, ...] = ()
    output_bytes_max: int = 32 << 20


@dataclass(frozen=True, slots=True)
class ServerCall:
    """One start of an analyzer program that is spoken to for a long time.

    Attributes:
        program: which one.
        arguments: what follows the program's name.
        scratch: an existing folder that is its working directory and home.
        reads: files and folders that it needs to read; a sealed room shuts all others.
        memory_bytes_max: resident memory that the caller lets it grow to; the caller watches it
            with `ToolServer.usage`, because node does not start under a limit of the system.
    """

    program: Program
    arguments: tuple[str, ...]
    scratch: Path
    reads: tuple[Path, ...] = ()
    memory_bytes_max: int = 2 << 30


Call = ToolCall | ServerCall


class ToolStatus(StrEnum):
    """How a program ended; with anything but OK its output must not be believed."""

    OK = "ok"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    TOO_MUCH_OUTPUT = "too-much-output"


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a program answered.

    Attributes:
        status: OK when it ended by itself, whatever its exit status.
        returncode: its exit status, or the negative number of the signal that ended it.
        stdout: what it wrote.
        stderr: what it wrote there.
        seconds: wall seconds.
        receipt: the room that it ran in.
    """

    status: ToolStatus
    returncode: int
    stdout: bytes
    stderr: bytes
    seconds: float
    receipt: Receipt = NO_RECEIPT


class Entry(Protocol):
    """One start of a program in a room; used once, and closed when the program has ended."""

    @property
    def argv(self) -> tuple[str, ...]:
        """What to start."""
        ...

    @property
    def fds(self) -> tuple[int, ...]:
        """Descriptors that it is handed beside its standard ones."""
        ...

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables that replace those that every program gets."""
        ...

    @property
    def limited(self) -> bool:
        """Whether the room sets the limits on what the program may take."""
        ...

    def prove(self) -> None:
        """Waits until the room has proved itself and the program begins.

        Raises:
            AnalyzerUnavailable: something that must be refused was not, or there was no proof.
        """
        ...

    def receipt(self) -> Receipt:
        """Returns what the start leaves behind."""
        ...

    def status_of(self, returncode: int) -> int:
        """Turns the status of what was started into that of the program."""
        ...

    def close(self) -> None:
        """Gives everything back; may be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """A start without a room around it."""

    argv: tuple[str, ...]
    fds: tuple[int, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    limited: bool = False

    def prove(self) -> None:
        """Has nothing to prove."""

    def receipt(self) -> Receipt:
        """Returns the receipt that says that there was no room."""
        return NO_RECEIPT

    def status_of(self, returncode: int) -> int:
        """Returns it as it is."""
        return returncode

    def close(self) -> None:
        """Holds nothing."""


Room = Callable[[tuple[str, ...], Call], Entry]
"""Prepares the start of a program, given by its argument list, for a call."""


def open_room(argv: tuple[str, ...], call: Call) -> Entry:
    """Adds no room around the program: limits, environment and mirror are all there is."""
    del call
    return OpenEntry(argv)
