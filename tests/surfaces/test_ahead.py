"""While a person reads a proposal the next findings are worked on; all else is as before."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from surface_stage import Terminal, World, words

from playground.domain.candidates import Usage
from playground.domain.errors import EngineUnavailable
from playground.domain.events import CandidateGenerated
from playground.domain.ports import Chunk, Finish, Generation, GenerationRequest
from playground.domain.runs import Run
from playground.surfaces.rendering.screen import Streams
from playground.surfaces.terminal import main
from playground.testing.engine import FakeEngine

GOOD = "Change: say it.\n\n```python\nx = 'GOOD'\n```\n"
FIVE = {f"{name}.py": "x = 'BAD'\n" for name in "abcde"}
IN_TIME_S = 60.0

Reading = Callable[[], str]


class Person(Terminal):
    """Reads each question for as long as a function takes that returns the answer."""

    def __init__(self, *readings: Reading) -> None:
        super().__init__()
        self._readings = iter(readings)

    def readline(self, _size: int = -1, /) -> str:
        return next(self._readings, lambda: "")()


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Generator[None]:
    yield
    assert not [t for t in threading.enumerate() if t.name.startswith("playground-ahead")]


def world_of(folder: Path, files: dict[str, str], *, most: int = 3) -> World:
    world = World(folder, files)
    world.manager.config.cycles.proposals_ahead_max = most
    world.answer = lambda _request: GOOD
    return world


def improve(world: World, *readings: Reading) -> int:
    stage = world.stage("")
    streams = Streams(Person(*readings), world.out, world.err)
    object.__setattr__(stage.screen, "streams", streams)
    return main(["improve", "."], stage=stage)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + IN_TIME_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def waiting(world: World) -> list[str]:
    return [run.task.files[0].path for run in world.journal.runs() if run.waiting is not None]


def runs_of(world: World, path: str) -> list[Run]:
    return [run for run in world.journal.runs() if run.task.files[0].path == path]


def when(holds: Callable[[], bool], answer: str) -> Reading:
    def read() -> str:
        until(holds)
        return answer

    return read


def test_what_was_made_while_the_person_read_is_asked_about_at_once(tmp_path: Path) -> None:
    world = world_of(tmp_path, FIVE)
    judged: list[int] = []
    world.gate.before_judge = lambda: judged.append(1)
    seen: list[tuple[int, list[str]]] = []

    def first() -> str:
        until(lambda: len(waiting(world)) == 4)
        time.sleep(0.05)  # would a fifth one come, it would come now
        seen.append((len(judged), waiting(world)))
        return "s\n"

    def second() -> str:
        until(lambda: len(waiting(world)) == 5)
        seen.append((len(judged), waiting(world)))
        return "a\n"

    readings = (first, second, *[lambda: "a\n"] * 3)
    assert improve(world, *readings) == 1
    assert seen == [(4, ["a.py", "b.py", "c.py", "d.py"]), (5, [f"{n}.py" for n in "abcde"])]
    assert [world.text(path) == "x = 'GOOD'\n" for path in FIVE] == [False, *[True] * 4]
    assert "5 findings, 5 proposed, 4 approved" in words(world.err)


def test_nothing_is_printed_while_a_question_stands(tmp_path: Path) -> None:
    world = world_of(tmp_path, {**FIVE, "f.py": "x = 'WORSE'\n", "g.py": "x = 'WORSE'\n"}, most=9)
    world.answer = lambda _request: "WORSE"  # the model gives up on both
    printed: list[tuple[str, str]] = []

    def read() -> str:
        printed.append((world.out.getvalue(), world.err.getvalue()))
        until(lambda: all(run.ended or run.waiting for run in world.journal.runs()))
        until(lambda: len(world.journal.runs()) == 7)
        until(lambda: all(run.ended or run.waiting for run in world.journal.runs()))
        printed.append((world.out.getvalue(), world.err.getvalue()))
        return "a\n"

    assert improve(world, read, *[lambda: "a\n"] * 4) == 1
    assert printed[0] == printed[1]
    told = words(world.err)
    assert told.count("gave up") == 2
    assert told.index("Written: a.py") < told.index("b.py:1: proposed")


def test_of_two_in_one_file_the_second_is_proved_again_before_it_is_shown(tmp_path: Path) -> None:
    world = world_of(tmp_path, {"a.py": "x = 'BAD'\n\ny = 'BAD'\n"})
    two = when(lambda: len(waiting(world)) == 2, "a\n")
    assert improve(world, two, lambda: "a\n") == 0
    assert world.text("a.py") == "x = 'GOOD'\n\ny = 'GOOD'\n"
    ends = [run.ended and run.ended.outcome for run in world.journal.runs()]
    assert ends == ["applied", "stale", "applied"]
    assert "2 findings, 2 proposed, 2 approved" in words(world.err)


def test_a_file_changed_by_hand_meanwhile_is_met_as_it_is(tmp_path: Path) -> None:
    world = world_of(tmp_path, {"a.py": "x = 'BAD'\n", "b.py": "x = 'BAD'\n"})

    def read() -> str:
        until(lambda: len(waiting(world)) == 2)
        (world.root / "b.py").write_text("# mine\n\nx = 'BAD'\n", encoding="utf-8")
        return "a\n"

    assert improve(world, read, lambda: "a\n") == 0
    assert world.text("b.py") == "# mine\n\nx = 'GOOD'\n"


def test_lines_that_a_person_is_asked_about_are_left_alone(tmp_path: Path) -> None:
    world = world_of(tmp_path, {"a.py": "x = 'BAD BAD'\n", "b.py": "x = 'BAD'\n"})
    seen: list[int] = []

    def read() -> str:
        until(lambda: "b.py" in waiting(world))
        time.sleep(0.05)
        seen.append(len(runs_of(world, "a.py")))
        return "a\n"

    assert improve(world, read, *[lambda: "a\n"] * 2) == 0
    assert seen == [1]
    assert world.text("a.py") == "x = 'GOOD GOOD'\n"


class SlowEngine(FakeEngine):
    """Says nothing until it is cancelled."""

    def __init__(self) -> None:
        super().__init__(lambda _request: "")
        self.begun, self._over = threading.Event(), threading.Event()

    def stream(self, request: GenerationRequest) -> Iterator[Chunk]:
        self.begun.set()
        assert self._over.wait(IN_TIME_S)
        yield Chunk("", Generation("", Finish.CANCELLED, Usage(), "fake-1"))

    def cancel(self, request_id: str) -> bool:
        del request_id
        self._over.set()
        return True


def interrupted() -> str:
    raise KeyboardInterrupt


@pytest.mark.parametrize(("answer", "code"), [(lambda: "q\n", 1), (interrupted, 130)])
def test_who_leaves_ends_the_work_ahead_and_the_same_command_carries_it_on(
    tmp_path: Path, answer: Reading, code: int
) -> None:
    world = world_of(tmp_path, {"a.py": "x = 'BAD'\n", "b.py": "x = 'WORSE'\n"})
    engine = SlowEngine()
    world.engines.named["local"] = world.engines.named[""] = engine

    def read() -> str:
        assert engine.begun.wait(IN_TIME_S)
        return answer()

    assert improve(world, read) == code
    (left,) = runs_of(world, "b.py")
    assert (left.ended, left.waiting) == (None, None)
    assert not any(isinstance(event, CandidateGenerated) for event in left.events)
    world.engines.named.clear()
    assert improve(world, *[lambda: "a\n"] * 2) == 0
    (done,) = runs_of(world, "b.py")
    assert done.events[: len(left.events)] == left.events


def test_what_was_made_ahead_of_a_quit_waits_and_is_said(tmp_path: Path) -> None:
    world = world_of(tmp_path, FIVE, most=2)
    assert improve(world, when(lambda: len(waiting(world)) == 3, "q\n")) == 1
    told = words(world.err)
    assert "5 findings, 3 proposed, 2 not tried" in told
    assert "3 proposals waiting for you" in told
    assert [world.text(path) for path in FIVE] == ["x = 'BAD'\n"] * 5


def test_a_part_that_is_missing_ahead_is_met_where_the_person_is(tmp_path: Path) -> None:
    def down(_request: GenerationRequest) -> str:
        raise EngineUnavailable("The engine is down; start it.")

    world = world_of(tmp_path, {"a.py": "x = 'BAD'\n", "b.py": "x = 'WORSE'\n"})
    world.answer = down
    read = when(lambda: bool(world.engine.asked), "a\n")
    assert improve(world, read) == 3
    assert words(world.err).count("b.py:1: error") == 1
    assert world.text("a.py") == "x = 'GOOD'\n"


def test_a_defect_of_ours_ahead_is_not_swallowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_request: GenerationRequest) -> str:
        raise ZeroDivisionError

    world = world_of(tmp_path, {"a.py": "x = 'BAD'\n", "b.py": "x = 'WORSE'\n"})
    world.answer = broken
    assert improve(world, when(lambda: bool(world.engine.asked), "a\n")) == 3
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_fix_that_fails_ahead_waits_for_the_model_and_for_its_file(tmp_path: Path) -> None:
    world = world_of(tmp_path, {"a.py": "y = 'BAD'\n\nx = 'BAD'\n"})
    world.gate.useless = {"a.py:3"}

    def read() -> str:
        until(lambda: len(world.engine.asked) > 0)
        until(lambda: len(waiting(world)) == 2)
        return "a\n"

    assert improve(world, read, lambda: "a\n") == 0
    assert world.text("a.py") == "y = 'GOOD'\n\nx = 'GOOD'\n"


@pytest.mark.parametrize("most", [0, 1])
def test_max_and_the_bound_hold_ahead_too(tmp_path: Path, most: int) -> None:
    world = world_of(tmp_path, FIVE, most=most)
    stage = world.stage("")
    read = when(lambda: len(waiting(world)) == 1 + most, "s\n")
    object.__setattr__(
        stage.screen, "streams", Streams(Person(read, lambda: "s\n"), world.out, world.err)
    )
    assert main(["improve", ".", "--max", "2"], stage=stage) == 1
    assert len(world.journal.runs()) == 2
