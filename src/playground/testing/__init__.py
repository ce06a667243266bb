"""Fakes that ship with the product: the ports in memory, and a simulator of crashes."""

from playground.testing.journal import MemoryJournal
from playground.testing.workspace import FakeWorkspace

__all__ = ["FakeWorkspace", "MemoryJournal"]
