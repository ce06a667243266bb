"""Runs that are worked on elsewhere: handed out by one side, worked on by the other."""

from __future__ import annotations

from typing import Protocol, cast

from playground.domain.errors import Unavailable
from playground.domain.queues import RunQueue
from playground.plugins import load
from playground.queues.addresses import Address
from playground.queues.working import Service


class _Queues(Protocol):
    def opened(self, address: Address) -> RunQueue: ...


class _Workers(Protocol):
    def serve(self, address: Address, *, service: Service) -> None: ...


def queue_at(address: Address) -> RunQueue:
    """Opens the queue of a database.

    Raises:
        StorageUnavailable: the database cannot be reached.
        Unavailable: the packages for it are not installed.
    """
    return cast("_Queues", _part("postgres")).opened(address)


def serve(address: Address, *, service: Service) -> None:
    """Takes runs from the queue of a database until a signal; in the main thread.

    Raises:
        StorageUnavailable: the database lets nobody in.
        Unavailable: the packages for it are not installed.
    """
    cast("_Workers", _part("serving")).serve(address, service=service)


def _part(name: str) -> object:
    """Loads what is not needed where nothing is handed out."""
    try:
        return load(__name__, name=name)
    except Unavailable as error:
        raise Unavailable(
            "Handing runs to workers needs more packages; install playground[postgres]."
        ) from error
