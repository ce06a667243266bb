"""A queue that hands runs to workers, on this machine or on others.

The queue knows ids of runs and nothing else that counts: what a run came to is what its events say.
So an order may be lost, be handed out twice or come back late, and no harm is done.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Trouble(StrEnum):
    """Why a worker gave a run back."""

    ELSEWHERE = "elsewhere"
    """It could not work on it, another worker may be able to."""
    UNAVAILABLE = "unavailable"
    """A part was missing there."""
    TAMPERED = "tampered"
    """The run's records do not add up."""
    ERROR = "error"
    """The run cannot be worked on anywhere."""


@dataclass(frozen=True, slots=True)
class Setback:
    """What kept a worker from bringing a run to rest.

    Attributes:
        trouble: its kind.
        reason: one sentence, with the worker's name where that matters.
        tree: what the order said of the tree, "" where the trouble has nothing to do with it.
    """

    trouble: Trouble
    reason: str
    tree: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A run that somebody is to work on.

    Attributes:
        run_id: the run; of its open orders there is one.
        root: absolute path of the repository where the run was opened.
        tree: digest of the sources below the root as they were when the order was given.
        likeness: what a worker must have in common with whoever gives the order: the version and
            the configuration that verdicts depend on.
        priority: higher ones are handed out first.
    """

    run_id: str
    root: str
    tree: str
    likeness: str
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """How an order stands.

    Attributes:
        open: whether it lies in the queue or in the hands of a worker.
        taken: whether a worker has it.
        setback: why it was given back, None when it was not.
    """

    open: bool
    taken: bool = False
    setback: Setback | None = None


class RunQueue(Protocol):
    """Hands runs out; safe to share between threads."""

    def put(self, order: Order) -> int:
        """Gives an order and returns its number; of a run with an open order, that one's.

        Raises:
            StorageUnavailable: the queue cannot be reached.
        """
        ...

    def withdraw(self, numbers: Collection[int]) -> None:
        """Takes orders back; a worker that has one stops after the step that it is in.

        Raises:
            StorageUnavailable: the queue cannot be reached.
        """
        ...

    def look(self, numbers: Collection[int]) -> Mapping[int, Look]:
        """Returns how these orders stand; what is not known is not open.

        Raises:
            StorageUnavailable: the queue cannot be reached.
        """
        ...

    def close(self) -> None:
        """Lets go of the queue; orders stay; may be called twice."""
        ...
