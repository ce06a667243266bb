"""A journal that is away when a process starts, and comes back."""

from __future__ import annotations

import pytest

from playground.domain.campaigns import Records
from playground.domain.errors import StorageUnavailable
from playground.journal.absent import AbsentJournal
from playground.testing.journal import MemoryJournal


def test_a_journal_that_comes_back_is_used_from_then_on() -> None:
    clock, attempts, is_there = 0.0, 0, False

    def again() -> Records:
        nonlocal attempts
        attempts += 1
        if not is_there:
            raise StorageUnavailable("still away")
        return MemoryJournal()

    journal = AbsentJournal(StorageUnavailable("away"), again=again, now=lambda: clock)
    with pytest.raises(StorageUnavailable, match=r"^away"):
        journal.runs()
    assert attempts == 0  # each use is not one more attempt
    clock = 10.0
    with pytest.raises(StorageUnavailable, match="still away"):
        journal.runs()
    is_there = True
    with pytest.raises(StorageUnavailable, match="still away"):
        journal.runs()
    clock = 20.0
    assert journal.runs() == []
    assert journal.campaigns() == []
    assert attempts == 2
    journal.close()
