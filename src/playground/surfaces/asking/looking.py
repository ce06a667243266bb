"""How long a person has something before them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

AWAY_S = 600.0
"""More than this between a question and its answer is no time of reading."""


@dataclass
class Look:
    """One look: how long it took the person, and how much was shown.

    Attributes:
        started: the moment at which it began.
        shown: changes that were shown.
        worked_s: seconds of it in which an answer was carried out.
        answered: the moment of the answer, None while there is none.
    """

    started: float = field(default_factory=time.monotonic)
    shown: int = 0
    worked_s: float = 0.0
    answered: float | None = None

    def end(self) -> None:
        """Notes that the person has answered."""
        self.answered = time.monotonic()

    @property
    def seconds(self) -> float:
        """The person's time so far."""
        end = time.monotonic() if self.answered is None else self.answered
        return min(end - self.started - self.worked_s, AWAY_S)
