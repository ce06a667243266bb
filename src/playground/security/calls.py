"""What can be asked of an analyzer program, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

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
        reads: folders that it needs to read, for the room around it.
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
        reads: folders that it needs to read, for the room around it.
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


Room = Callable[[tuple[str, ...], Call], tuple[str, ...]]
"""Turns an argument list into one that runs the same program in a narrower room."""


def open_room(argv: tuple[str, ...], call: Call) -> tuple[str, ...]:
    """Adds no room around the program: limits, environment and mirror are all there is."""
    del call
    return argv
