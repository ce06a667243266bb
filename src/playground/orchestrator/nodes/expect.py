"""Every node asks the graph which step it is to do, so that it needs nothing but the run."""

from __future__ import annotations

from typing import TypeVar

from playground.domain.runs import Run
from playground.orchestrator.graph import Step, next_step

S = TypeVar("S", bound=Step)


def expect(run: Run, kind: type[S]) -> S:
    """Returns the run's next step.

    Raises:
        TypeError: the run needs another kind of step, so the wrong node was called.
    """
    step = next_step(run, run.policy)
    if not isinstance(step, kind):
        raise TypeError(f"run {run.id} needs {type(step).__name__}, not {kind.__name__}")
    return step
