"""What analyzers say about the tree as it is, asked once for each state of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from playground.analyzers.profile import Wanted
from playground.domain.findings import Finding
from playground.domain.verdicts import Check, CheckStatus

_STATES_MAX = 12


@dataclass(frozen=True, slots=True)
class BaseState:
    """What an answer depends on.

    Attributes:
        tool: the analyzer's name.
        root: the repository.
        digest: of all its mirrored files and settings.
        wanted: what was looked for.
    """

    tool: str
    root: str
    digest: str
    wanted: Wanted


class _Turn:
    """Who asks about one state; forgotten when nobody does."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


@dataclass(slots=True)
class _Answers:
    sample: Check
    by_path: dict[str, tuple[Finding, ...]]


class Baselines:
    """Answers about bases in memory, the least recently used forgotten first.

    Only whole answers are kept: what crashed or timed out is asked again. Safe to share between
    threads; about one state one question is asked at a time, so that the same one is never asked
    twice.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[BaseState, _Answers] = OrderedDict()
        self._asking: WeakValueDictionary[BaseState, _Turn] = WeakValueDictionary()

    def check(
        self, state: BaseState, *, paths: Sequence[str], ask: Callable[[Sequence[str]], Check]
    ) -> Check:
        """Returns what the analyzer says about these files, asking only about unknown ones.

        Args:
            state: the tree and what is looked for.
            paths: the files in question.
            ask: runs the analyzer on some of them.
        """
        with self._lock:
            turn = self._asking.setdefault(state, _Turn())
        with turn.lock:
            with self._lock:
                known = self._known.get(state)
            missing = [p for p in paths if known is None or p not in known.by_path]
            if not missing and known is not None:
                return self._kept(state, known, paths, seconds=0.0)
            check = ask(missing)
            if check.status is not CheckStatus.OK:
                known_paths = [p for p in paths if known is not None and p in known.by_path]
                before = _whole(known, known_paths, seconds=0.0).findings if known else ()
                return replace(check, findings=(*before, *check.findings))
            answers = known or _Answers(check, {})
            # Lists first: adding to a tuple copies it, and a file may have thousands of findings.
            found: dict[str, list[Finding]] = {path: [] for path in missing}
            for finding in check.findings:
                found[finding.path].append(finding)
            answers.by_path.update({path: tuple(members) for path, members in found.items()})
            return self._kept(state, answers, paths, seconds=check.seconds)

    def _kept(
        self, state: BaseState, answers: _Answers, paths: Sequence[str], *, seconds: float
    ) -> Check:
        with self._lock:
            self._known[state] = answers
            self._known.move_to_end(state)
            while len(self._known) > _STATES_MAX:
                self._known.popitem(last=False)
        return _whole(answers, paths, seconds=seconds)


def _whole(known: _Answers, paths: Sequence[str], *, seconds: float) -> Check:
    findings = tuple(f for path in sorted(paths) for f in known.by_path[path])
    return replace(known.sample, findings=findings, seconds=seconds)
