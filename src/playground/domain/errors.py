"""The one tree of errors, sorted by what the caller does next.

    PlaygroundError
    ├── BadInput            correct what was typed or configured      (exit 2)
    │   └── BadConfiguration
    ├── Unavailable         start, install or free the missing part   (exit 3)
    │   ├── EngineUnavailable
    │   ├── AnalyzerUnavailable
    │   ├── ModelMissing
    │   └── StorageUnavailable
    │       └── Unreadable
    ├── Refusal             choose something else; policy said no     (exit 1)
    │   └── Stale           look again; what was approved has changed
    ├── Busy                wait and try again                        (exit 3)
    │   └── BudgetSpent     raise the budget, or wait for a new day
    ├── Conflict            reload and try again; another writer won  (exit 3)
    └── Tampered            stop and investigate; records do not add up (exit 1)

Every message is one sentence that says what to do. None carries a traceback to a person.
"""

from __future__ import annotations

from typing import ClassVar


class PlaygroundError(Exception):
    """Base of every error that Playground raises on purpose."""

    exit_code: ClassVar[int] = 1


class BadInput(PlaygroundError):
    """What was typed, passed or configured cannot be used as it is."""

    exit_code: ClassVar[int] = 2


class BadConfiguration(BadInput):
    """A configuration key has a value that cannot be used.

    The message names the key, the value and where the value came from.
    """

    def __init__(self, key: str, *, value: object, origin: str, reason: str) -> None:
        self.key = key
        self.value = value
        self.origin = origin
        self.reason = reason
        super().__init__(f"{key} = {value!r} (from {origin}): {reason}")


class Unavailable(PlaygroundError):
    """A part that is needed is missing, down or out of resources."""

    exit_code: ClassVar[int] = 3


class EngineUnavailable(Unavailable):
    """The language model's engine does not answer."""


class AnalyzerUnavailable(Unavailable):
    """An analyzer program is missing or cannot be started."""


class ModelMissing(Unavailable):
    """The model's weights are not in the cache."""


class StorageUnavailable(Unavailable):
    """The journal, the memory or the disk below them cannot be used."""


class Unreadable(StorageUnavailable):
    """What is recorded was written by another version of Playground."""


class Refusal(PlaygroundError):
    """A door said no; nothing was changed."""


class Stale(Refusal):
    """What was seen and approved is no longer what is there."""


class Busy(PlaygroundError):
    """A rate limit was reached.

    Attributes:
        retry_after_s: seconds until the same call may be made again.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class BudgetSpent(Busy):
    """The next call of an engine could cost more than is left of a budget."""


class Conflict(PlaygroundError):
    """Another writer recorded this step first."""

    exit_code: ClassVar[int] = 3


class Tampered(PlaygroundError):
    """The records do not add up: something was edited, removed or reordered."""
