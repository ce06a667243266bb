"""What analyzers that ask a worker have in common."""

from __future__ import annotations

from playground.analyzers.javascript.client import workers_of
from playground.analyzers.profile import AnalyzerContext
from playground.security.reading import JAVASCRIPT


class ScriptAnalyzer:
    """The part of the port `Analyzer` that is the same for all that a worker answers.

    Args:
        context: how long an answer may take, and where workers are started.
    """

    suffixes = frozenset(JAVASCRIPT)

    def __init__(self, context: AnalyzerContext) -> None:
        self._context = context
        self._workers = workers_of(context)

    def close(self) -> None:
        """Ends its workers; may be called twice."""
        self._workers.close()
