"""A server that stays says what a new start of pyright says, whatever it was told before."""

from __future__ import annotations

import os
import shutil
import signal
import sysconfig
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from analysis_world import put
from candidate_edits import Overlay, random_overlay

from playground.analyzers import pyright
from playground.analyzers.mirror import REPOSITORY, Mirrors, Snapshots, importers
from playground.analyzers.profile import WANTED, AnalyzerContext, Wanted
from playground.domain.findings import Finding
from playground.domain.ports import Mirror
from playground.domain.verdicts import Check, CheckStatus
from playground.security.reading import ReadingRules
from playground.security.room.sealed import SealedRoom

FILES = {
    "shop/__init__.py": "from .prices import total\n",
    "shop/prices.py": (
        "from __future__ import annotations\n\n\n"
        "def total(prices: list[int] | None) -> int:\n    return len(prices)\n"
    ),
    "shop/bill.py": "from shop.prices import total\n\nwords: str = total([1])\n",
    "odd name é#%.py": "x: int = ''\n",
    "bom.py": "\ufeffé = '😀'; y: int = é\n",
    "ends.py": "a = 1\r\nb: str = a\r\n",
}
FIXED = FILES["shop/prices.py"].replace("len(prices)", "len(prices or [])")
TEXTUAL = FILES["shop/prices.py"].replace("-> int", "-> str").replace("len(prices)", "'1'")
BOMB = "print(" + "max([lambda y: " * 12 + "y" + "], key=len)" * 12 + ")\n"


@contextmanager
def _warm(
    tmp_path: Path, *, timeout_s: float = 90.0
) -> Generator[tuple[Mirrors, pyright.PyrightAnalyzer]]:
    mirrors = Mirrors(tmp_path / "scratch")
    context = AnalyzerContext(tmp_path / "tools", timeout_s, SealedRoom())
    checker = pyright.create(context)
    try:
        yield mirrors, checker
    finally:
        checker.close()
        mirrors.close()


@contextmanager
def _base(mirrors: Mirrors, root: Path) -> Generator[Mirror]:
    snapshot = Snapshots(ReadingRules()).take(root)
    settings = {WANTED: Wanted((), "standard"), REPOSITORY: snapshot.settings}
    with mirrors.hold(root, texts=snapshot.texts, settings=settings) as mirror:
        yield mirror


def _told(check: Check) -> list[tuple[object, ...]]:
    assert (check.status, check.detail) == (CheckStatus.OK, "")
    return [_place(finding) for finding in check.findings]


def _place(finding: Finding) -> tuple[object, ...]:
    return (finding.path, finding.rule, finding.span, finding.message, finding.severity)


def _rules(check: Check) -> list[tuple[str, str]]:
    assert (check.status, check.detail) == (CheckStatus.OK, "")
    return [(finding.path, finding.rule) for finding in check.findings]


BASE_RULES = [
    ("bom.py", "reportAssignmentType"),
    ("ends.py", "reportAssignmentType"),
    ("odd name é#%.py", "reportAssignmentType"),
    ("shop/bill.py", "reportAssignmentType"),
    ("shop/prices.py", "reportArgumentType"),
]


@pytest.mark.slow
def test_candidates_lie_in_memory_and_leave_no_trace(tmp_path: Path) -> None:
    root = put(tmp_path / "repo", FILES)
    with _warm(tmp_path) as (mirrors, checker), _base(mirrors, root) as mirror:
        paths = mirror.paths
        base, fixed = checker.compare(
            mirror, mirror.over({"shop/prices.py": FIXED}), before=paths, paths=paths
        )
        assert _rules(base) == BASE_RULES
        assert _rules(fixed) == BASE_RULES[:-1]
        assert _told(base) == _told(checker.check(mirror, paths=paths)), "warm is cold"

        # Two files at once, a new one that is imported, and one that is gone.
        several: Overlay = {
            "shop/prices.py": TEXTUAL,
            "shop/more.py": "def more() -> int:\n    return 1\n",
            "shop/bill.py": FILES["shop/bill.py"] + "from shop.more import more\nz: str = more()\n",
            "ends.py": None,
        }
        after = mirror.over(several)
        _again, changed = checker.compare(mirror, after, before=paths, paths=after.paths)
        assert _told(changed) == _told(checker.check(after, paths=after.paths))
        assert ("shop/bill.py", "reportMissingImports") not in _rules(changed)
        assert [f.span.start_line for f in changed.findings if f.path == "shop/bill.py"] == [5]

        # Nothing of it is left.
        unchanged = mirror.over({})
        last, reverted = checker.compare(mirror, unchanged, before=(), paths=paths)
        assert (_told(reverted), last.findings) == (_told(base), ())


@pytest.mark.slow
def test_a_server_follows_its_repository_and_serves_no_other(tmp_path: Path) -> None:
    root, other = put(tmp_path / "repo", FILES), put(tmp_path / "other", {"a.py": "x: int = ''\n"})
    with _warm(tmp_path) as (mirrors, checker):
        for round_ in range(2):
            with _base(mirrors, root) as mirror:
                paths = ("shop/bill.py", "shop/prices.py")
                base, _after = checker.compare(mirror, mirror, before=paths, paths=())
                assert _rules(base) == (BASE_RULES[3:] if round_ == 0 else BASE_RULES[3:4])
            with _base(mirrors, other) as mirror:
                base, _after = checker.compare(mirror, mirror, before=mirror.paths, paths=())
                assert _rules(base) == [("a.py", "reportAssignmentType")]
            put(root, {"shop/prices.py": FIXED})


def _servers() -> set[int]:
    """Returns the language servers that this process has started."""
    found: set[int] = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                words = (folder / "cmdline").read_bytes()
                parents = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if b"langserver.index.js" in words and _descends(int(parents[1])):
                found.add(int(folder.name))
    return found


def _descends(pid: int) -> bool:
    while pid > 1:
        if pid == os.getpid():
            return True
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
    return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")
@pytest.mark.slow
def test_a_killed_or_hanging_server_is_no_answer_and_the_next_one_is(tmp_path: Path) -> None:
    root = put(tmp_path / "repo", FILES)
    with (
        _warm(tmp_path, timeout_s=60.0) as (mirrors, checker),
        _base(mirrors, root) as mirror,
    ):
        paths = ("shop/prices.py",)
        base, _after = checker.compare(mirror, mirror, before=paths, paths=paths)
        assert _rules(base) == BASE_RULES[4:]
        killer = threading.Timer(6.0, _kill_all)  # while it looks at the bomb
        killer.start()
        bomb = mirror.over({"shop/prices.py": FIXED + BOMB})
        base, after = checker.compare(mirror, bomb, before=paths, paths=paths)
        killer.join()
        assert (base.status, after.status) == (CheckStatus.OK, CheckStatus.CRASHED)
        assert after.findings == ()
        assert after.detail
        base, after = checker.compare(mirror, bomb, before=paths, paths=paths)
        assert (base.status, after.status) == (CheckStatus.OK, CheckStatus.TIMEOUT)
        good = mirror.over({"shop/prices.py": FIXED})
        base, after = checker.compare(mirror, good, before=paths, paths=paths)
        assert (_rules(base), _rules(after)) == (BASE_RULES[4:], [])
    assert _servers() == set()


def _kill_all() -> None:
    for pid in _servers():
        os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
def test_many_judge_at_once(tmp_path: Path) -> None:
    root = put(tmp_path / "repo", FILES)
    wrong: list[object] = []
    with _warm(tmp_path) as (mirrors, checker), _base(mirrors, root) as mirror:

        def work(number: int) -> None:
            good = number % 2 == 0
            text = FIXED if good else FILES["shop/prices.py"] + f"\n\nn{number}: int = ''\n"
            paths = ("shop/bill.py", "shop/prices.py")
            for _ in range(3):
                after = mirror.over({"shop/prices.py": text})
                _base, check = checker.compare(mirror, after, before=paths, paths=paths)
                extra = [] if good else [BASE_RULES[4], ("shop/prices.py", "reportAssignmentType")]
                if _rules(check) != [BASE_RULES[3], *extra]:
                    wrong.append((number, _rules(check)))

        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


PACKAGES = {"structlog": range(10), "click": range(100, 110)}


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("package", PACKAGES)
def test_warm_is_cold_on_random_edits_of_a_real_package(package: str, tmp_path: Path) -> None:
    installed = Path(sysconfig.get_path("purelib")) / package
    root = tmp_path / "repo"
    shutil.copytree(installed, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    texts = Snapshots(ReadingRules()).take(root).texts
    different: list[object] = []
    with _warm(tmp_path) as (mirrors, checker), _base(mirrors, root) as mirror:
        for seed in PACKAGES[package]:
            overlay = random_overlay(texts, seed=seed)
            after = mirror.over(overlay)
            paths = [path for path in _reached(texts, overlay) if path in after.paths]
            before = [path for path in paths if path in mirror.paths]
            base, warm = checker.compare(mirror, after, before=before, paths=paths)
            cold = checker.check(after, paths=paths)
            if _told(warm) != _told(cold):
                different.append((seed, sorted(overlay), set(_told(warm)) ^ set(_told(cold))))
            assert _told(base) == _told(checker.compare(mirror, mirror, before=(), paths=before)[1])
    assert different == []


def _reached(texts: Mapping[str, str], overlay: Overlay) -> list[str]:
    tree = {**texts, **{path: text for path, text in overlay.items() if text is not None}}
    return sorted({*overlay, *importers(overlay, texts=tree)})
