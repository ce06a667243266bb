"""The way into an engine: budgets first, then a turn within the minute, which may be waited for."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

from playground.domain.candidates import Usage
from playground.domain.errors import Busy
from playground.domain.ports import GenerationRequest
from playground.engines.factory.ledger import Ledger
from playground.engines.factory.pace import Pace

_TOLD_EVERY_S = 1.0
_TOKENS_PER_MESSAGE = 8
"""Tokens that a chat template puts around one message, on the safe side."""

Waiting = Callable[[str, float], None]
"""Told the engine's name and the seconds that are left to wait, about once a second."""


def nobody(name: str, seconds: float) -> None:
    """Listens to no waiting."""
    del name, seconds


@dataclass(slots=True)
class Admitted:
    """One call that was let in.

    Attributes:
        used: what it used; settled when the call ends, nothing if it was never answered.
        prompt: tokens that its prompt has at most, 0 where nothing is limited.
        cancelled: whether it was cancelled while it waited and must not be made.
    """

    used: Usage = Usage()
    prompt: int = 0
    cancelled: bool = False


class Admission:
    """Lets calls of one engine in; safe to share between threads.

    Args:
        name: of the engine.
        pace: its limits per minute.
        ledger: budgets of all engines.
        waiting: told while a call waits.
    """

    def __init__(self, name: str, *, pace: Pace, ledger: Ledger, waiting: Waiting = nobody) -> None:
        self._name = name
        self._pace = pace
        self._ledger = ledger
        self._waiting = waiting
        self._lock = threading.Lock()
        self._turns: list[tuple[str, threading.Event]] = []
        self._closed = False

    @contextlib.contextmanager
    def let_in(
        self, request: GenerationRequest, *, count: Callable[[str], int]
    ) -> Generator[Admitted]:
        """Waits for the call's turn and keeps the books of it.

        Args:
            request: the call.
            count: counts the tokens of a text, never too few; asked where there is a limit.

        Raises:
            BudgetSpent: a budget has less left than the call can use.
            Busy: its turn comes later than the request's deadline.
        """
        most = self._most(request, count)
        entry = self._ledger.reserve(self._name, run_id=request.run_id, most=most)
        admitted = Admitted(prompt=most.prompt)
        try:
            admitted.cancelled = not self._turn_came(request, tokens=most.total)
            yield admitted
        finally:
            self._ledger.settle(entry, admitted.used)

    def cancel(self, request_id: str) -> bool:
        """Ends the waiting of a call; False when none of this id waits."""
        with self._lock:
            found = [turn for known, turn in self._turns if known == request_id]
        for turn in found:
            turn.set()
        return bool(found)

    def close(self) -> None:
        """Ends all waiting."""
        with self._lock:
            self._closed = True
            found = tuple(turn for _, turn in self._turns)
        for turn in found:
            turn.set()

    def left(self) -> tuple[str, ...]:
        """Returns what is left of each limit, one phrase each."""
        return (*self._pace.left(), *self._ledger.left(self._name))

    def _most(self, request: GenerationRequest, count: Callable[[str], int]) -> Usage:
        if not self._ledger.counts(self._name):
            return Usage()
        prompt = sum(count(m.content) + _TOKENS_PER_MESSAGE for m in request.messages)
        return Usage(prompt, 0, request.max_tokens)

    def _turn_came(self, request: GenerationRequest, *, tokens: int) -> bool:
        """Waits for the turn; returns False when somebody cancelled meanwhile."""
        deadline = time.monotonic() + request.deadline_s
        with self._waited_for(request.id) as turn:
            if self._closed:  # looked at only now, so that closing cannot miss a turn
                return True  # nothing waits for a closed engine, which says so itself
            while (wait_s := self._pace.wait_s(tokens)) > 0:
                if time.monotonic() + wait_s > deadline:
                    raise Busy(
                        f"The limit of {self._name} per minute is reached; wait "
                        f"{math.ceil(wait_s)} seconds or raise model.request_deadline_s.",
                        retry_after_s=wait_s,
                    )
                self._waiting(self._name, wait_s)
                if turn.wait(min(wait_s, _TOLD_EVERY_S)):
                    return False
            return not turn.is_set()

    @contextlib.contextmanager
    def _waited_for(self, request_id: str) -> Generator[threading.Event]:
        turn = threading.Event()
        pair = (request_id, turn)
        with self._lock:
            self._turns.append(pair)
        try:
            yield turn
        finally:
            with self._lock:
                self._turns.remove(pair)
