"""Fakes that ship with the product: the ports in memory, and a simulator of crashes."""

from playground.testing.crash import (
    CrashPoints,
    Durable,
    Scenario,
    SimulatedCrash,
    Trace,
    crash_at,
    crash_everywhere,
    simulate,
)
from playground.testing.journal import MemoryJournal
from playground.testing.proposals import approval_of, certain, proposal_of
from playground.testing.workspace import FakeWorkspace

__all__ = [
    "CrashPoints",
    "Durable",
    "FakeWorkspace",
    "MemoryJournal",
    "Scenario",
    "SimulatedCrash",
    "Trace",
    "approval_of",
    "certain",
    "crash_at",
    "crash_everywhere",
    "proposal_of",
    "simulate",
]
