"""What a pull tells while it goes on, and how it says that a source has nothing to give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PullProgress:
    """One piece of news about a pull.

    Attributes:
        model: the model's name.
        source: where the bytes come from: "cache", "file", "hub" or "registry".
        step: "waiting", "trying", "fetching", "joining", "verifying", "failed" or "done".
        done_bytes: bytes of this step so far.
        total_bytes: bytes of this step when it is complete.
        detail: one sentence, "" when there is nothing to add.
    """

    model: str
    source: str
    step: str
    done_bytes: int
    total_bytes: int
    detail: str = ""


Progress = Callable[[PullProgress], None]
