"""One start in a sealed room: its pipe, its bait, its proof and its receipt."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from playground.domain.errors import AnalyzerUnavailable
from playground.security.room.bait import Bait
from playground.security.room.plan import BUBBLEWRAP
from playground.security.room.receipts import Receipt, Report, report_of

_PROOF_TIMEOUT_S = 30.0
_REPORT_BYTES_MAX = 1 << 16
_SIGNALLED = 128
ADVICE = (
    "run `playground doctor`, or accept the risk with `room: open` in tools.yaml of your own "
    "configuration."
)
"""What a person can do about a room that does not hold."""


@dataclass(slots=True)
class SealedEntry:
    """The start of a program in a sealed room, see `playground.security.calls.Entry`.

    Attributes:
        argv: the launcher with its rules, and what is around it.
        answer: the reading end of the launcher's pipe.
        fds: its writing end, handed to the launcher.
        layers: what is around the program.
        policy_digest: digest of the rules.
        programs: waits for the digests of the programs' files.
        private: a folder to write into, removed at the end; None when the program needs none.
        held: keeps that folder from being taken for one that was left behind.
        proved: called when the trials are over, or the start was given up.
        bait: what the room is tried with, which lies there for as long as we are held.
    """

    argv: tuple[str, ...]
    answer: int
    fds: tuple[int, ...]
    layers: tuple[str, ...]
    policy_digest: str
    programs: Callable[[], tuple[tuple[str, str], ...]]
    private: Path | None
    held: int | None
    proved: Callable[[], None]
    bait: Bait
    limited: bool = True
    report: Report | None = field(default=None, init=False)
    _closed: bool = field(default=False, init=False)

    @property
    def environment(self) -> Mapping[str, str]:
        """The folder to write into, as the temporary one."""
        return {} if self.private is None else {"TMPDIR": str(self.private)}

    def prove(self) -> None:
        """Waits until the launcher has tried the room and the program begins.

        Raises:
            AnalyzerUnavailable: something that must be refused was not, or there was no proof.
        """
        os.close(self.fds[0])  # so that the pipe ends when the launcher becomes the program
        self.fds = ()
        try:
            report = self.report = report_of(self._read())
        finally:
            self.proved()
        if report.outside:
            raise AnalyzerUnavailable(f"The sealed room leaks ({report.outside[0]}); {ADVICE}")
        if report.failed:
            raise AnalyzerUnavailable(f"The sealed room cannot be shut ({report.failed}); {ADVICE}")
        if not report.holds:
            raise AnalyzerUnavailable(f"The sealed room gave no proof of itself; {ADVICE}")

    def receipt(self) -> Receipt:
        """Returns the receipt; waits for the programs' digests, which are computed meanwhile."""
        report = self.report
        return Receipt(
            policy_digest=self.policy_digest,
            layers=self.layers,
            programs=self.programs(),
            refused=report.refused if report else (),
            outside=report.outside if report else (),
        )

    def status_of(self, returncode: int) -> int:
        """Turns bubblewrap's way of telling a signal into the usual one."""
        if BUBBLEWRAP in self.layers and returncode > _SIGNALLED:
            return _SIGNALLED - returncode
        return returncode

    def close(self) -> None:
        """Closes the pipe and removes the private folder; may be called twice."""
        if self._closed:
            return
        self._closed = True
        for descriptor in (self.answer, *self.fds):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self.proved()
        if self.private is not None:
            shutil.rmtree(self.private, ignore_errors=True)
        if self.held is not None:
            os.close(self.held)

    def _read(self) -> bytes:
        deadline = time.monotonic() + _PROOF_TIMEOUT_S
        data = bytearray()
        poller = select.poll()
        poller.register(self.answer, select.POLLIN)
        while len(data) < _REPORT_BYTES_MAX:
            left = deadline - time.monotonic()
            if left <= 0 or not poller.poll(left * 1000):
                return b""
            piece = os.read(self.answer, 4096)
            if not piece:
                return bytes(data)
            data += piece
        return b""
