"""A seeded simulator of crashes.

A scenario is built on things that outlive a process (a journal, a tree, whatever else it brings),
wrapped so that `SimulatedCrash` is raised at chosen moments: before and after every durable step,
and inside the steps that consist of several. After each crash everything but the durable things is
thrown away and built anew, as a restarted process would.

    trace = simulate(7, Scenario())                     # crashes at random moments
    for trace, scenario in crash_everywhere(Scenario):  # one crash at each moment in turn
        ...

A step that runs in another thread does not take the process with it here: drive scenarios in one.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from playground.domain.campaigns import CampaignEvent, Records
from playground.domain.changes import Patch, SourceFile
from playground.domain.events import Event, FileWritten
from playground.domain.ports import Confirm, Workspace
from playground.domain.proposals import Approved, Proposal
from playground.domain.recording import RecordsAround

_System = TypeVar("_System")
_Result = TypeVar("_Result")

_STARTS_MAX = 1_000


class SimulatedCrash(BaseException):
    """The process died here; no `except Exception` may notice."""


@dataclass(slots=True)
class CrashPoints:
    """Counts the moments that a scenario passes and dies at chosen ones.

    Attributes:
        dies_at: asked for each moment with its number (from 0, over all starts) and name.
        passed: every moment so far, in order.
        crashes: the moments that were deadly, as pairs of number and name.
    """

    dies_at: Callable[[int, str], bool]
    passed: list[str] = field(default_factory=list[str])
    crashes: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def reach(self, name: str) -> None:
        """Passes one moment.

        Raises:
            SimulatedCrash: the process dies here.
        """
        number = len(self.passed)
        self.passed.append(name)
        if self.dies_at(number, name):
            self.crashes.append((number, name))
            raise SimulatedCrash(name)

    def around(self, name: str, step: Callable[[], _Result]) -> _Result:
        """Does a durable step that may be preceded or followed by death."""
        self.reach(f"before {name}")
        result = step()
        self.reach(f"after {name}")
        return result


class CrashingJournal(RecordsAround):
    """A journal whose process may die before or after each append.

    Args:
        journal: what outlives the process.
        points: when to die.
    """

    def __init__(self, journal: Records, *, points: CrashPoints) -> None:
        super().__init__(journal)
        self._points = points

    def append(self, run_id: str, *, seq: int, event: Event) -> None:
        """Records an event; death may come before or after."""
        self._points.around(
            f"append {type(event).__name__}",
            lambda: self._journal.append(run_id, seq=seq, event=event),
        )

    def append_campaign(self, campaign_id: str, *, seq: int, event: CampaignEvent) -> None:
        """Records an event of a campaign; death may come before or after."""
        self._points.around(
            f"append {type(event).__name__}",
            lambda: self._journal.append_campaign(campaign_id, seq=seq, event=event),
        )

    def close(self) -> None:
        """Does nothing; the durable journal is the scenario's to close."""


class CrashingWorkspace:
    """A workspace whose process may die before or after each call.

    The moments inside a call come from the workspace's own `checkpoint`.

    Args:
        workspace: opened anew for this start on files that outlive the process.
        points: when to die.
    """

    def __init__(self, workspace: Workspace, *, points: CrashPoints) -> None:
        self._workspace = workspace
        self._points = points

    def read(self, root: Path, *, path: str) -> SourceFile:
        """Reads a file."""
        return self._workspace.read(root, path=path)

    def obstacle(self, root: Path, *, path: str) -> str:
        """Returns why a file cannot be made there, "" when it can."""
        return self._workspace.obstacle(root, path=path)

    def apply(
        self, proposal: Proposal, *, root: Path, approved: Approved, confirm: Confirm
    ) -> list[FileWritten]:
        """Writes the patch; death may come before, after or in between."""
        return self._points.around(
            "apply",
            lambda: self._workspace.apply(proposal, root=root, approved=approved, confirm=confirm),
        )

    def undo(self, patch: Patch, *, root: Path, confirm: Confirm) -> list[FileWritten]:
        """Writes the reversed patch; death may come before, after or in between."""
        return self._points.around(
            "undo", lambda: self._workspace.undo(patch, root=root, confirm=confirm)
        )


@dataclass(frozen=True, slots=True)
class Durable:
    """What one start of the system is built on.

    Attributes:
        journal: dies around each append.
        workspace: dies around and inside each write.
        points: for durable steps of the scenario's own, by `reach` or `around`.
    """

    journal: Records
    workspace: Workspace
    points: CrashPoints


class Scenario(Protocol[_System]):
    """What is simulated; one object for one simulation, it owns what outlives the crashes."""

    def journal(self) -> Records:
        """Opens the durable journal, at every start."""
        ...

    def workspace(self, checkpoint: Callable[[str], None]) -> Workspace:
        """Opens the durable tree with this checkpoint, at every start."""
        ...

    def build(self, durable: Durable) -> _System:
        """Builds the system as a new process would."""
        ...

    def drive(self, system: _System) -> None:
        """Carries on with whatever is unfinished, until nothing is."""
        ...


_AnyScenario = TypeVar("_AnyScenario", bound=Scenario[Any])


@dataclass(frozen=True, slots=True)
class Trace:
    """What happened in one simulation.

    Attributes:
        starts: how often the system was built; one more than it crashed.
        passed: every moment, in order, over all starts.
        crashes: the moments that were deadly, as pairs of number and name.
    """

    starts: int
    passed: tuple[str, ...]
    crashes: tuple[tuple[int, str], ...]


def simulate(
    seed: int, scenario: Scenario[_System], *, crashes_max: int = 20, share: float = 0.2
) -> Trace:
    """Drives a scenario to its end through random crashes.

    Args:
        seed: the same seed and scenario give the same crashes.
        scenario: what to drive.
        crashes_max: after so many crashes none follows, so that every simulation ends.
        share: probability of death at each moment, in [0, 1].
    """
    points = CrashPoints(lambda number, _name: _chance(seed, number) < share)
    return _driven(scenario, points, crashes_max=crashes_max)


def crash_at(numbers: Iterable[int], scenario: Scenario[_System]) -> Trace:
    """Drives a scenario to its end with a crash at each of these moments, counted from 0."""
    deadly = frozenset(numbers)
    points = CrashPoints(lambda number, _name: number in deadly)
    return _driven(scenario, points, crashes_max=len(deadly))


def crash_everywhere(make: Callable[[], _AnyScenario]) -> Iterator[tuple[Trace, _AnyScenario]]:
    """Drives fresh scenarios, the first without a crash, then one for each moment of the first.

    Args:
        make: makes a scenario with nothing in its durable things.

    Yields:
        What happened, and the scenario as it is afterwards.
    """
    scenario = make()
    calm = crash_at((), scenario)
    yield calm, scenario
    for number in range(len(calm.passed)):
        scenario = make()
        yield crash_at((number,), scenario), scenario


def _driven(scenario: Scenario[_System], points: CrashPoints, *, crashes_max: int) -> Trace:
    for start in range(1, _STARTS_MAX + 1):
        if len(points.crashes) >= crashes_max:
            points.dies_at = _never
        if _survived(scenario, points):
            return Trace(start, tuple(points.passed), tuple(points.crashes))
        gc.collect(1)  # the dead hold no file open; circles of references, all young, would here
    raise AssertionError(f"the scenario did not end within {_STARTS_MAX} starts")


def _survived(scenario: Scenario[_System], points: CrashPoints) -> bool:
    try:
        scenario.drive(scenario.build(_opened(scenario, points)))
    except SimulatedCrash:
        return False
    return True


def _opened(scenario: Scenario[_System], points: CrashPoints) -> Durable:
    journal = CrashingJournal(scenario.journal(), points=points)
    workspace = CrashingWorkspace(scenario.workspace(points.reach), points=points)
    return Durable(journal, workspace, points)


def _chance(seed: int, number: int) -> float:
    """Returns a number in [0, 1) that is the same on every machine and in every version."""
    digest = hashlib.sha256(f"{seed} {number}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def _never(_number: int, _name: str) -> bool:
    return False
