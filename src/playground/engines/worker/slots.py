"""Which slot of the worker holds which prompt, and who waits for whom.

Reading a prompt is the dear part of a short answer. Samples of one question arrive together, so
the first one reads the prompt, its state is copied into the other slots, and all go on side by
side. Without this every sample would read the same prompt again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from playground.engines.calls import Call

_WORTH_TOKENS = 128
_POLL_S = 0.1


@dataclass(slots=True, eq=False)
class Reading:
    """A prompt that is being read for the first time.

    Attributes:
        tokens: the prompt.
        waiting: calls that wait for it.
        file: where its state was written, "" when it was not.
        done: whether it was read or given up.
    """

    tokens: Sequence[int]
    waiting: int = 0
    file: str = ""
    done: bool = False


@dataclass(slots=True, eq=False)
class _Slot:
    number: int
    tokens: Sequence[int] = ()
    busy: bool = False
    used: int = 0


@dataclass(slots=True, eq=False)
class Lease:
    """A slot that belongs to one call until it is released.

    Attributes:
        slot: the slot's number.
        tokens: the call's prompt.
        held: how many of them the slot holds.
        source: the reading whose state is to be copied into the slot, None when there is none.
        reading: the reading that this call does for others, None when it need not.
    """

    slot: int
    tokens: Sequence[int]
    held: int = 0
    source: Reading | None = None
    reading: Reading | None = None


@dataclass(slots=True)
class _State:
    slots: list[_Slot]
    readings: list[Reading] = field(default_factory=list[Reading])
    clock: int = 0


def shared(left: Sequence[int], right: Sequence[int]) -> int:
    """Returns how many tokens both begin with."""
    count = 0
    for ours, theirs in zip(left, right, strict=False):
        if ours != theirs:
            break
        count += 1
    return count


class Slots:
    """The worker's slots; safe to share between threads.

    Args:
        count: how many the worker has.
        discard: removes a state file that nobody wants any more.
    """

    def __init__(self, count: int, *, discard: Callable[[str], None]) -> None:
        self._state = _State([_Slot(number) for number in range(count)])
        self._changed = threading.Condition()
        self._discard = discard

    def acquire(self, tokens: Sequence[int], *, call: Call) -> Lease | None:
        """Waits for a slot; None when the call is over before there is one."""
        followed: Reading | None = None
        with self._changed:
            while not call.over:
                if followed is None:
                    followed = self._worth_waiting(tokens)
                    if followed is not None:
                        followed.waiting += 1
                if followed is not None and not followed.done:
                    self._changed.wait(_POLL_S)
                    continue
                if followed is not None and not followed.file:
                    self._leave(followed)
                    followed = None
                    continue
                free = [slot for slot in self._state.slots if not slot.busy]
                if free:
                    return self._lease(free, tokens, followed=followed)
                self._changed.wait(_POLL_S)
            if followed is not None:
                self._leave(followed)
        return None

    def copied(self, lease: Lease) -> None:
        """Says that the state was copied into the slot, or could not be."""
        with self._changed:
            if lease.source is not None:
                self._leave(lease.source)
                lease.source = None

    def wanted(self, lease: Lease) -> bool:
        """Whether somebody waits for the state of the prompt that this call reads."""
        with self._changed:
            return lease.reading is not None and lease.reading.waiting > 0

    def read(self, lease: Lease, *, file: str) -> None:
        """Says that the prompt was read, and where its state lies ("" for nowhere)."""
        with self._changed:
            reading, lease.reading = lease.reading, None
            if reading is None:
                return
            reading.done, reading.file = True, file
            self._state.readings.remove(reading)
            if file and reading.waiting == 0:
                self._discard(file)
            self._changed.notify_all()

    def release(self, lease: Lease, *, holds_prompt: bool) -> None:
        """Gives the slot back and remembers whether it holds the call's prompt."""
        self.copied(lease)
        self.read(lease, file="")
        with self._changed:
            slot = self._state.slots[lease.slot]
            slot.busy = False
            slot.tokens = lease.tokens if holds_prompt else lease.tokens[: lease.held]
            self._changed.notify_all()

    def _worth_waiting(self, tokens: Sequence[int]) -> Reading | None:
        """Returns the reading under way that spares most work, None when none does."""
        free = (slot.tokens for slot in self._state.slots if not slot.busy)
        own = max((shared(held, tokens) for held in free), default=0)
        best = max(self._state.readings, key=lambda r: shared(r.tokens, tokens), default=None)
        if best is None or shared(best.tokens, tokens) < own + _WORTH_TOKENS:
            return None
        return best

    def _lease(
        self, free: Sequence[_Slot], tokens: Sequence[int], *, followed: Reading | None
    ) -> Lease:
        best = max(free, key=lambda slot: (shared(slot.tokens, tokens), -slot.used))
        held = shared(best.tokens, tokens)
        if followed is not None and shared(followed.tokens, tokens) <= held:
            self._leave(followed)
            followed = None
        if followed is not None or held < _WORTH_TOKENS:
            # The slot's own state is of little use to us: take the one that was idle longest.
            best = min(free, key=lambda slot: slot.used)
        held = shared(followed.tokens, tokens) if followed else held
        self._state.clock += 1
        best.busy, best.used = True, self._state.clock
        lease = Lease(best.number, tokens, shared(best.tokens, tokens), source=followed)
        if followed is None and len(tokens) >= _WORTH_TOKENS:
            lease.reading = Reading(tokens)
            self._state.readings.append(lease.reading)
        return lease

    def _leave(self, reading: Reading) -> None:
        reading.waiting -= 1
        if reading.waiting == 0 and reading.file:
            self._discard(reading.file)
            reading.file = ""
