"""Workers: what they answer, and what becomes of those that do not."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path
from types import ModuleType

import pytest
from script_world import context_in, mirrored

from playground.analyzers import eslint, typescript
from playground.analyzers.javascript import Answer, Base, Question, Workers
from playground.domain.verdicts import CheckStatus
from playground.security.calls import Call, OpenEntry, Room

ECHO = """
import json, os, sys, time
opened = 0
for line in sys.stdin:
    asked = json.loads(line)
    opened += asked["op"] == "open"
    time.sleep(asked.get("wait", 0))
    if "say" in asked:
        print(asked["say"], flush=True)
    elif "end" in asked:
        sys.exit(1)
    else:
        answer = {"id": asked["id"], "ok": True, "opened": opened, "pid": os.getpid()}
        print(json.dumps({**answer, **asked.get("add", {})}), flush=True)
"""


def _python(code: str) -> Room:
    def room(argv: tuple[str, ...], call: Call) -> OpenEntry:
        del argv, call
        return OpenEntry((sys.executable, "-I", "-S", "-c", code))

    return room


@pytest.fixture(name="workers")
def _workers(tmp_path: Path) -> Generator[Workers]:
    workers = Workers(context_in(tmp_path, room=_python(ECHO)))
    yield workers
    workers.close()


def _ask(
    workers: Workers, project: str = "p", timeout_s: float = 60.0, **members: object
) -> Answer:
    return workers.ask(project, Question("x", members, timeout_s))


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"end": True}, CheckStatus.CRASHED),
        ({"say": "nonsense"}, CheckStatus.BAD_OUTPUT),
        ({"say": "[1]"}, CheckStatus.BAD_OUTPUT),
        ({"say": '{"id": 99, "ok": true}'}, CheckStatus.BAD_OUTPUT),
        ({"add": {"ok": False, "error": "no"}}, CheckStatus.CRASHED),
        ({"add": {"planted": False}}, CheckStatus.BAD_OUTPUT),
        ({"say": "[" * 100_000}, CheckStatus.BAD_OUTPUT),
    ],
)
def test_what_cannot_be_believed_is_no_answer_and_ends_the_worker(
    workers: Workers, members: dict[str, object], status: CheckStatus
) -> None:
    first = _ask(workers).members["pid"]
    bad = workers.ask("p", Question("x", members, 60.0))
    assert (bad.status, bad.members) == (status, {})
    assert bad.why
    assert _ask(workers).members["pid"] != first


def test_a_late_answer_is_none_and_is_not_taken_for_the_next_one(workers: Workers) -> None:
    began = time.monotonic()
    assert workers.ask("p", Question("x", {"wait": 30}, 0.8)).status is CheckStatus.TIMEOUT
    assert time.monotonic() - began < 25
    assert _ask(workers, add={"n": 2}).members["n"] == 2


@pytest.mark.slow
def test_waiting_for_a_turn_counts(workers: Workers) -> None:
    assert _ask(workers).status is CheckStatus.OK
    slow = threading.Thread(target=_ask, args=(workers,), kwargs={"wait": 4.0})
    slow.start()
    time.sleep(1.0)
    assert workers.ask("p", Question("x", {}, 0.3)).status is CheckStatus.TIMEOUT
    slow.join()


def test_a_project_is_opened_once_for_each_state(workers: Workers) -> None:
    def opened(state: str) -> object:
        base = Base(state, lambda: {"files": {}})
        return workers.ask("p", Question("x", {}, 60.0), base=base).members["opened"]

    assert [opened(s) for s in ("a", "a", "b", "b", "a", "", "")] == [1, 1, 2, 2, 3, 4, 5]


def test_no_worker_serves_two_projects_and_few_are_kept(workers: Workers) -> None:
    pids = [_ask(workers, project=p).members["pid"] for p in ("a", "b", "a", "b", "c", "b", "a")]
    assert len(set(pids)) == 4
    assert pids[0] == pids[2]
    assert pids[1] == pids[3] == pids[5]
    assert pids[6] not in pids[:6]


class _Held:
    """A question about a project in a thread of its own, unanswered until it is released."""

    def __init__(self, workers: Workers, project: str) -> None:
        self._asked, self._let = threading.Event(), threading.Event()
        self._answers: list[Answer] = []
        base = Base(project, self._opening)
        question = Question("x", {}, 60.0)
        self._thread = threading.Thread(
            target=lambda: self._answers.append(workers.ask(project, question, base=base))
        )
        self._thread.start()
        assert self._asked.wait(timeout=60.0)

    def _opening(self) -> dict[str, object]:
        self._asked.set()
        self._let.wait(timeout=60.0)
        return {}

    def release(self) -> Answer:
        self._let.set()
        self._thread.join()
        return self._answers[0]


def test_a_worker_that_is_asked_is_not_ended_for_another_project(workers: Workers) -> None:
    held = [_Held(workers, project) for project in ("a", "b")]
    late = workers.ask("c", Question("x", {}, 0.2))
    answers = [one.release() for one in held]
    assert late.status is CheckStatus.TIMEOUT
    assert [answer.status for answer in answers] == [CheckStatus.OK, CheckStatus.OK]
    assert _ask(workers, project="c").status is CheckStatus.OK
    assert _ask(workers, project="b").members["pid"] == answers[1].members["pid"]


def test_a_question_about_one_more_project_waits_for_a_worker_that_is_free(
    workers: Workers,
) -> None:
    held = [_Held(workers, project) for project in ("a", "b")]
    answers: list[Answer] = []
    third = threading.Thread(target=lambda: answers.append(_ask(workers, project="c")))
    third.start()
    said = held[1].release()
    third.join()
    assert [said.status, answers[0].status] == [CheckStatus.OK, CheckStatus.OK]
    assert held[0].release().status is CheckStatus.OK


def test_a_worker_that_nobody_asks_is_ended_before_an_older_one_that_is_asked(
    workers: Workers,
) -> None:
    oldest = _Held(workers, "a")
    idle = _ask(workers, project="b").members["pid"]
    assert _ask(workers, project="c").status is CheckStatus.OK
    said = oldest.release()
    assert said.status is CheckStatus.OK
    assert _ask(workers, project="a").members["pid"] == said.members["pid"]
    assert _ask(workers, project="b").members["pid"] != idle


def test_many_threads_get_their_own_answers(workers: Workers) -> None:
    answers: dict[int, object] = {}

    def ask(number: int) -> None:
        answers[number] = _ask(workers, add={"n": number}).members.get("n")

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: n for n in range(12)}


def test_what_cannot_be_started_is_unavailable(tmp_path: Path) -> None:
    missing = OpenEntry((str(tmp_path / "no"),))
    workers = Workers(context_in(tmp_path, room=lambda _argv, _call: missing))
    answer = workers.ask("p", Question("x", {}, 5.0))
    assert answer.status is CheckStatus.UNAVAILABLE
    assert answer.why


def test_nothing_is_started_before_something_is_asked(tmp_path: Path) -> None:
    started: list[object] = []

    def room(argv: tuple[str, ...], call: Call) -> OpenEntry:
        started.append(call)
        return OpenEntry(argv)

    Workers(context_in(tmp_path, room=room)).close()
    assert started == []


@pytest.mark.parametrize("module", [eslint, typescript])
def test_a_repository_without_scripts_starts_nothing(module: ModuleType, tmp_path: Path) -> None:
    started: list[object] = []

    def room(argv: tuple[str, ...], call: Call) -> OpenEntry:
        started.append(call)
        return OpenEntry(argv)

    with mirrored(tmp_path, {"a.py": "x = 1\n"}) as mirror:
        check = module.create(context_in(tmp_path, room=room)).check(mirror, paths=["a.py"])
    assert (check.status, check.findings, started) == (CheckStatus.OK, (), [])
