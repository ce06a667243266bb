"""What analyzers say about a base and about a candidate, by the quickest way that can be believed.

An analyzer that stays warm is asked about base and candidate on one and the same server. A
candidate that nothing speaks against is then analysed once more by a new start of the program on
files, which knows nothing of what the server saw before. While no server has started, such a new
start is the quickest answer, and the last one too; one is started when a second candidate comes.

An analyzer that can check parts of files looks at whole ones only for a candidate that nothing
speaks against.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from playground.analyzers.gate.baseline import Baselines, BaseState
from playground.analyzers.gate.trees import Trees
from playground.analyzers.mirror import REPOSITORY, Mirrors, Snapshot
from playground.analyzers.profile import WANTED, KnowsRules, Wanted
from playground.analyzers.profile.abilities import (
    ChecksParts,
    Closes,
    ReadsAlone,
    StaysWarm,
)
from playground.domain.ports import Analyzer, Mirror
from playground.domain.verdicts import Check, CheckStatus

Pair = tuple[Check, Check]
"""What an analyzer says about the base and about the changed tree."""


class Answers:
    """Asks analyzers; safe to share between threads.

    Args:
        scratch: folder below which mirrors are kept.
        confirm: whether warm answers are confirmed.

    Raises:
        StorageUnavailable: the scratch folder cannot be made.
    """

    def __init__(self, scratch: Path, *, confirm: bool) -> None:
        self._mirrors = Mirrors(scratch)
        self._baselines = Baselines()
        self._confirm = confirm
        self._judged: set[tuple[str, Path]] = set()

    def close(self, analyzers: Sequence[Analyzer]) -> None:
        """Ends what the analyzers hold and removes the mirrors; may be called twice."""
        for analyzer in analyzers:
            if isinstance(analyzer, Closes):
                analyzer.close()
        self._mirrors.close()

    def prepare(self, analyzers: Sequence[Analyzer], *, snapshot: Snapshot, wanted: Wanted) -> None:
        """Lets warm analyzers start in the background, where there is something for them to read.

        Raises:
            StorageUnavailable: the mirror cannot be written.
        """
        for analyzer in analyzers:
            readable = isinstance(analyzer, StaysWarm) and any(
                path.endswith(tuple(analyzer.suffixes)) for path in snapshot.texts
            )
            if isinstance(analyzer, StaysWarm) and readable:
                with self._mirror(snapshot, wanted) as mirror:
                    analyzer.prepare(mirror)

    def base(self, analyzer: Analyzer, trees: Trees, *, wanted: Wanted) -> Check:
        """Returns what is found in the base, asked by new starts and once for each state of it."""
        needed = analyzer.needed(wanted) if isinstance(analyzer, KnowsRules) else wanted
        state = BaseState(analyzer.name, str(trees.snapshot.root), trees.state, needed)
        return self._baselines.check(
            state,
            paths=_before(analyzer, trees),
            ask=lambda missing: self.ask(
                analyzer, trees.snapshot, overlay=trees.lost, wanted=wanted, paths=missing
            ),
        )

    def ask(
        self,
        analyzer: Analyzer,
        snapshot: Snapshot,
        *,
        overlay: Mapping[str, str | None],
        wanted: Wanted,
        paths: Sequence[str],
    ) -> Check:
        """Returns what is found in a tree by a new start."""
        with self._mirror(snapshot, wanted) as mirror:
            return analyzer.check(mirror.over(overlay), paths=paths)

    def both(self, analyzer: Analyzer, trees: Trees, *, wanted: Wanted) -> tuple[Pair, bool]:
        """Returns what is found before and after, and whether that is still to be confirmed."""
        if isinstance(analyzer, StaysWarm) and _after(analyzer, trees):
            with self._mirror(trees.snapshot, wanted) as mirror:
                warm = self._warm(analyzer, trees, mirror)
            if warm is not None:
                return warm, self._confirm
        if isinstance(analyzer, ChecksParts) and self._confirm and _after(analyzer, trees):
            base = self.base(analyzer, trees, wanted=wanted)
            with self._mirror(trees.snapshot, wanted) as mirror:
                over = mirror.over(trees.changed)
                return (base, analyzer.check_parts(over, paths=_after(analyzer, trees))), True
        return self.anew(analyzer, trees, wanted=wanted), False

    def _warm(self, analyzer: Analyzer, trees: Trees, mirror: Mirror) -> Pair | None:
        """Returns what a server finds, None when there is none yet."""
        if not isinstance(analyzer, StaysWarm):
            return None
        if not analyzer.is_ready(mirror):
            one = (analyzer.name, trees.snapshot.root)
            if one in self._judged:
                analyzer.prepare(mirror)
            self._judged.add(one)
            return None
        warm = analyzer.compare(
            mirror.over(trees.lost),
            mirror.over(trees.changed),
            before=_before(analyzer, trees),
            paths=_after(analyzer, trees),
        )
        return None if CheckStatus.UNAVAILABLE in {check.status for check in warm} else warm

    def anew(self, analyzer: Analyzer, trees: Trees, *, wanted: Wanted) -> Pair:
        """Returns what new starts find before and after."""
        base = self.base(analyzer, trees, wanted=wanted)
        paths = _after(analyzer, trees)
        after = self.ask(
            analyzer, trees.snapshot, overlay=trees.changed, wanted=wanted, paths=paths
        )
        return base, after

    @contextmanager
    def _mirror(self, snapshot: Snapshot, wanted: Wanted) -> Generator[Mirror]:
        settings = {WANTED: wanted, REPOSITORY: snapshot.settings}
        with self._mirrors.hold(snapshot.root, texts=snapshot.texts, settings=settings) as mirror:
            yield mirror


def readable(analyzer: Analyzer, paths: Sequence[str]) -> tuple[str, ...]:
    """Returns those of the paths that the analyzer reads."""
    return tuple(path for path in paths if path.endswith(tuple(analyzer.suffixes)))


def applies(analyzer: Analyzer, trees: Trees) -> bool:
    """Whether there is anything that the analyzer reads among the files in question."""
    return bool(_before(analyzer, trees) or _after(analyzer, trees))


def _before(analyzer: Analyzer, trees: Trees) -> tuple[str, ...]:
    return readable(analyzer, _in_question(analyzer, trees, trees.before_paths))


def _after(analyzer: Analyzer, trees: Trees) -> tuple[str, ...]:
    return readable(analyzer, _in_question(analyzer, trees, trees.after_paths))


def _in_question(analyzer: Analyzer, trees: Trees, paths: Sequence[str]) -> Sequence[str]:
    """Leaves importers out where an analyzer looks at one file at a time."""
    alone = isinstance(analyzer, ReadsAlone) and analyzer.reads_alone and trees.changed
    return [path for path in paths if path in trees.changed] if alone else paths
