"""The sealed room: the start of a program inside every layer that this system offers.

A room holds when the calls to the kernel are filtered (seccomp) and the files are shut, by
bubblewrap, by Landlock or by both. Where that is not enough, nothing is started. Each start
proves its room anew, in the process that becomes the program, see `launcher`.
"""

from __future__ import annotations

import contextlib
import math
import os
import threading
from dataclasses import replace
from functools import cache
from pathlib import Path

from playground.domain.errors import AnalyzerUnavailable
from playground.security.calls import Call, ToolCall
from playground.security.logs import get_logger
from playground.security.programs import Needs, needs_of
from playground.security.room.bait import Bait, listening
from playground.security.room.entering import ADVICE, SealedEntry
from playground.security.room.files import interpreter
from playground.security.room.fingerprints import fingerprints
from playground.security.room.folders import locked_folder, sweep, temporary_folder
from playground.security.room.layers import (
    Layers,
    bubblewrap_program,
    offered_by_the_kernel,
    used,
    with_bubblewrap,
)
from playground.security.room.plan import (
    BUBBLEWRAP,
    Plan,
    Trial,
    bubblewrap_argv,
    digest_of,
    launcher_argv,
)
from playground.security.room.receipts import Receipt
from playground.security.starting import started

_FOLDER = "room-"
_TRIAL = "playground-room-"
_FILES_MAX = 4096
_WRITTEN_BYTES_MAX = 64 << 10


class SealedRoom:
    """A `Room` that shuts everything but what is known to be needed; safe to share by threads.

    Args:
        only: uses no other layers than these, to see what each of them holds.
    """

    def __init__(self, *, only: frozenset[str] | None = None) -> None:
        self._only = only
        self._bait = Bait()
        self._lock = threading.Lock()
        self._layers: Layers | None = None

    def __call__(self, argv: tuple[str, ...], call: Call) -> SealedEntry:
        """Prepares the start of an analyzer program.

        Raises:
            AnalyzerUnavailable: no room holds on this system, or the program is not installed.
        """
        needs = needs_of(call.program)
        plan = Plan(
            argv=argv,
            scratch=call.scratch,
            runs=(needs.run,),
            code=needs.code,
            reads=(*needs.reads, *call.reads),
            limits=_limits(needs, call),
            private=needs.writes,
        )
        return self.enter(plan)

    def enter(self, plan: Plan) -> SealedEntry:
        """Prepares the start of any program; analyzers are started by calling the room itself.

        Raises:
            AnalyzerUnavailable: no room holds on this system, or the bait cannot be laid.
        """
        layers = self.layers()
        if not layers.hold:
            why = "; ".join(f"{name}: {reason}" for name, reason in layers.trouble)
            raise AnalyzerUnavailable(f"No sealed room holds on this system ({why}); {ADVICE}")
        return self._entry(plan, layers.names)

    def layers(self) -> Layers:
        """Returns what is put around each program; found out once, bubblewrap by running it."""
        with self._lock:
            if self._layers is None:
                found = used(offered_by_the_kernel(), only=self._only)
                wanted = self._only is None or BUBBLEWRAP in self._only
                trouble = self._bubblewrap_trouble(found.names) if wanted else "not wanted"
                self._layers = found = with_bubblewrap(found, trouble=trouble)
                get_logger("room").info("layers", names=found.names, trouble=found.trouble)
            return self._layers

    def prove(self) -> Receipt:
        """Tries the room with no program in it and returns the receipt.

        Raises:
            AnalyzerUnavailable: it does not hold.
        """
        with temporary_folder(_TRIAL) as scratch:
            return _tried(self.enter(Plan((), scratch, reads=(scratch,))), scratch)

    def _bubblewrap_trouble(self, inner: tuple[str, ...]) -> str:
        if not bubblewrap_program():
            return "not installed"
        try:
            with temporary_folder(_TRIAL) as scratch:
                plan = Plan((), scratch, reads=(scratch,))
                _tried(self._entry(plan, (BUBBLEWRAP, *inner)), scratch)
        except AnalyzerUnavailable:
            return "it does not work for this user on this system"
        except OSError as error:
            return f"no temporary folder can be made ({error.strerror})"
        return ""

    def _entry(self, plan: Plan, names: tuple[str, ...]) -> SealedEntry:
        with contextlib.ExitStack() as stack:
            try:
                held = None
                if plan.private:
                    plan, held = _with_folder(plan, stack)
                planted = self._bait.planted()
                answer, told = os.pipe()
            except OSError as error:
                raise AnalyzerUnavailable(
                    f"The sealed room cannot be prepared ({error.strerror}); free disk space."
                ) from error
            stack.callback(os.close, answer)
            stack.callback(os.close, told)
            listener = stack.enter_context(contextlib.ExitStack())
            trial = Trial(told, planted, listener.enter_context(listening()))
            argv = launcher_argv(plan, trial, layers=names)
            if BUBBLEWRAP in names:
                argv = (*bubblewrap_argv(bubblewrap_program(), plan), *argv)
            entry = SealedEntry(
                argv=argv,
                answer=answer,
                fds=(told,),
                layers=names,
                policy_digest=digest_of(plan, layers=names, launcher=_launcher_digest()),
                programs=fingerprints(_started_files(plan, names)),
                private=plan.writes[0] if plan.private else None,
                held=held,
                proved=listener.close,
                bait=self._bait,
            )
            stack.pop_all()
        return entry


def _tried(entry: SealedEntry, scratch: Path) -> Receipt:
    with contextlib.closing(entry), started(entry, scratch) as process:
        try:
            entry.prove()
        finally:
            process.kill()
        return entry.receipt()


def _with_folder(plan: Plan, stack: contextlib.ExitStack) -> tuple[Plan, int]:
    _sweep(plan.scratch)
    folder, held = locked_folder(plan.scratch, prefix=_FOLDER)
    stack.callback(os.close, held)
    stack.callback(folder.rmdir)
    limits = {**plan.limits, "FSIZE": _WRITTEN_BYTES_MAX}
    return replace(plan, writes=(folder,), limits=limits), held


@cache
def _sweep(scratch: Path) -> None:
    """Removes, once in a process, what starts that were killed left behind."""
    sweep(scratch, prefix=_FOLDER)


def _limits(needs: Needs, call: Call) -> dict[str, int]:
    """Returns the system's limits; the processor's ends a program that outlives a killed us."""
    limits = {"CORE": 0, "FSIZE": 0, "NOFILE": _FILES_MAX}
    if needs.memory_bytes_max:
        limits["AS"] = needs.memory_bytes_max
    if isinstance(call, ToolCall):
        limits["CPU"] = math.ceil(call.timeout_s * 4) + 5
    return limits


def _started_files(plan: Plan, names: tuple[str, ...]) -> tuple[Path, ...]:
    outer = (Path(bubblewrap_program()),) if BUBBLEWRAP in names else ()
    return (*outer, interpreter(), *plan.runs, *plan.code)


@cache
def _launcher_digest() -> str:
    folder = Path(__file__).parent / "launcher"
    return ",".join(digest for _, digest in fingerprints(tuple(sorted(folder.glob("*.py"))))())
