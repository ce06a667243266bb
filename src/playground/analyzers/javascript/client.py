"""Workers: processes that answer questions about JavaScript and TypeScript.

A worker serves one project. It is given the project's texts once and then only what changed; a
candidate's texts come with each question. Whatever goes wrong is a status: a worker that is late,
dies or says something strange is killed, and the next question starts another one.
"""

from __future__ import annotations

import json
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from playground.analyzers.profile import AnalyzerContext
from playground.domain.errors import AnalyzerUnavailable
from playground.domain.verdicts import CheckStatus
from playground.security.process import Program, ServerCall, ToolServer, start_tool

_ANSWER_BYTES_MAX = 32 << 20
_RESIDENT_BYTES_MAX = 3 << 29
_QUESTIONS_MAX = 2_000
_QUESTIONS_BETWEEN_LOOKS = 20

Members = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Question:
    """One question to a worker.

    Attributes:
        operation: what to do, such as "lint" or "types".
        members: the rest of the request, fit for JSON.
        timeout_s: seconds until the answer must be there, starting a worker included.
    """

    operation: str
    members: Members
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a question.

    Attributes:
        status: whether there is an answer at all.
        members: the answer's members when the status is OK, else empty.
        why: what went wrong, fit to follow the words "the worker".
        receipt: digest of the room that the worker runs in, "" when there is none.
    """

    status: CheckStatus
    members: Members = field(default_factory=dict[str, object])
    why: str = ""
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Base:
    """The files that lie below a candidate.

    Attributes:
        state: equal states mean equal files, settings and libraries; "" says nothing.
        opening: returns the members of the question that opens the project; asked when the worker
            does not know this state.
    """

    state: str
    opening: Callable[[], Members]


class Workers:
    """Keeps workers by project; safe between threads.

    Where there would be too many, the least recently used of those that nobody asks is ended; while
    all are asked, a question about one more project waits.

    Args:
        context: where and how they are started.
        most: how many are kept at most.
    """

    def __init__(self, context: AnalyzerContext, *, most: int = 2) -> None:
        self._context = context
        self._most = most
        self._changed = threading.Condition()
        self._by_project: OrderedDict[str, _Worker] = OrderedDict()
        self._finalizer = weakref.finalize(self, _end_all, self._by_project)

    def ask(self, project: str, question: Question, *, base: Base | None = None) -> Answer:
        """Asks the project's worker, starting it when there is none.

        Args:
            project: whose worker it is; none ever serves two.
            question: what is asked; one at a time goes to a worker, others wait for their turn.
            base: the project's files, for questions about them.
        """
        deadline = time.monotonic() + question.timeout_s
        worker = self._taken(project, deadline=deadline)
        if worker is None:
            return Answer(CheckStatus.TIMEOUT, why="had to wait for other projects all the time")
        try:
            if not worker.turn.acquire(timeout=max(0.0, deadline - time.monotonic())):
                return Answer(CheckStatus.TIMEOUT, why="was busy all the time that was given")
            try:
                return worker.ask(question, base=base, deadline=deadline)
            finally:
                worker.turn.release()
        finally:
            self._give_back(worker)

    def close(self) -> None:
        """Ends all workers; may be called twice."""
        with self._changed:
            _end_all(self._by_project)
            self._changed.notify_all()

    def _taken(self, project: str, *, deadline: float) -> _Worker | None:
        """Returns the project's worker, which nobody ends until it is given back; None if late."""
        with self._changed:
            while project not in self._by_project and len(self._by_project) >= self._most:
                idle = next((p for p, one in self._by_project.items() if one.askers == 0), None)
                if idle is not None:
                    self._by_project.pop(idle).end()
                elif not self._changed.wait(timeout=max(0.0, deadline - time.monotonic())):
                    return None
            worker = self._by_project.setdefault(project, _Worker(self._context))
            self._by_project.move_to_end(project)
            worker.askers += 1
            return worker

    def _give_back(self, worker: _Worker) -> None:
        with self._changed:
            worker.askers -= 1
            self._changed.notify_all()


_SHARED: weakref.WeakValueDictionary[AnalyzerContext, Workers] = weakref.WeakValueDictionary()
_SHARED_LOCK = threading.Lock()


def workers_of(context: AnalyzerContext) -> Workers:
    """Returns the workers that all analyzers of one context share: one process for a project.

    Whoever closes them ends them for all; the next question starts another one.
    """
    with _SHARED_LOCK:
        return _SHARED.setdefault(context, Workers(context))


def _end_all(workers: OrderedDict[str, _Worker]) -> None:
    for worker in workers.values():
        worker.end()
    workers.clear()


class _Worker:
    """One process and what it knows; used by whoever holds its turn."""

    def __init__(self, context: AnalyzerContext) -> None:
        self.turn = threading.Lock()
        self.askers = 0
        self._context = context
        self._server: ToolServer | None = None
        self._state = ""
        self._asked = 0

    def ask(self, question: Question, *, base: Base | None, deadline: float) -> Answer:
        """Starts and opens what is missing, and asks."""
        try:
            server = self._running()
        except AnalyzerUnavailable as error:
            return Answer(CheckStatus.UNAVAILABLE, why=str(error))
        if base is not None and not (base.state and base.state == self._state):
            self._state = ""
            opening = Question("open", base.opening(), question.timeout_s)
            opened = self._exchange(server, opening, deadline=deadline)
            if opened.status is not CheckStatus.OK:
                return opened
            self._state = base.state
        answer = self._exchange(server, question, deadline=deadline)
        self._look_after(server)
        return answer

    def end(self) -> None:
        """Ends the process; the next question starts another one."""
        server, self._server = self._server, None
        if server is not None:
            server.kill()

    def _running(self) -> ToolServer:
        server = self._server
        if server is None or not server.alive:
            scratch = self._context.scratch
            scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
            call = ServerCall(Program.JAVASCRIPT, (), scratch, memory_bytes_max=_RESIDENT_BYTES_MAX)
            server = self._server = start_tool(call, room=self._context.room)
            self._state, self._asked = "", 0
        return server

    def _exchange(self, server: ToolServer, question: Question, *, deadline: float) -> Answer:
        self._asked += 1
        request = {"id": self._asked, "op": question.operation, **question.members}
        line = json.dumps(request, separators=(",", ":")).encode() + b"\n"
        try:
            server.send(line, timeout_s=max(0.0, deadline - time.monotonic()))
            said = _line_from(server, deadline)
        except TimeoutError:
            return self._failed(CheckStatus.TIMEOUT, "took too long")
        except AnalyzerUnavailable:
            late = time.monotonic() >= deadline
            status = CheckStatus.TIMEOUT if late else CheckStatus.CRASHED
            return self._failed(status, "took too long" if late else "ended before it answered")
        answer = _parsed(said)
        if answer is None or answer.get("id") != self._asked:
            return self._failed(CheckStatus.BAD_OUTPUT, "gave no readable answer")
        if answer.get("ok") is not True:
            return self._failed(CheckStatus.CRASHED, f"failed ({answer.get('error')})")
        if answer.get("planted") is False:
            return self._failed(CheckStatus.BAD_OUTPUT, "missed an error that was planted")
        return Answer(CheckStatus.OK, answer, receipt=server.receipt.digest)

    def _failed(self, status: CheckStatus, why: str) -> Answer:
        # What it knows can no longer be trusted, whatever it still answers.
        self.end()
        return Answer(status, why=why)

    def _look_after(self, server: ToolServer) -> None:
        """Ends a worker that has grown old or large, between two questions."""
        looks = self._asked % _QUESTIONS_BETWEEN_LOOKS == 0
        large = looks and server.usage().resident_bytes > _RESIDENT_BYTES_MAX
        if large or self._asked > _QUESTIONS_MAX:
            self.end()


def _line_from(server: ToolServer, deadline: float) -> bytes:
    said = bytearray()
    while not said.endswith(b"\n"):
        said += server.receive(timeout_s=max(0.0, deadline - time.monotonic()))
        if len(said) > _ANSWER_BYTES_MAX:
            return b""
    return bytes(said)


def _parsed(line: bytes) -> dict[str, object] | None:
    try:
        said: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", said) if isinstance(said, dict) else None
