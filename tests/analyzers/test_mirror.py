"""Mirrors hold sources alone, exactly as asked, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from analysis_world import put
from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers.mirror import Mirrors, Snapshots, importers, written
from playground.analyzers.mirror.environment import installed_packages
from playground.analyzers.reporting import text_of
from playground.domain.errors import StorageUnavailable
from playground.security.reading import ReadingRules


def _held(mirror_root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(mirror_root)): path.read_bytes().decode()
        for path in sorted(mirror_root.rglob("*"))
        if path.is_file()
    }


def test_a_mirror_holds_sources_and_no_configuration(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside", {"secret.py": "KEY = 1\n"})
    root = put(
        tmp_path / "repo",
        {
            "a.py": "x = 1  # noqa\r\n",
            "pkg/b.pyi": "y: int",
            "pyproject.toml": "",
            "ruff.toml": "",
            ".git/hooks/a.py": "",
            "data.json": "{}",
        },
    )
    (root / "link.py").symlink_to(outside / "secret.py")
    snapshot = Snapshots(ReadingRules()).take(root)
    mirrors = Mirrors(tmp_path / "scratch")
    with mirrors.hold(root, texts=snapshot.texts, settings={}) as mirror:
        assert _held(mirror.root) == {"a.py": "x = 1        \r\n", "pkg/b.pyi": "y: int"}
        assert mirror.paths == ("a.py", "pkg/b.pyi")
        assert not mirror.config.is_relative_to(mirror.root)
    mirrors.close()
    assert list((tmp_path / "scratch").iterdir()) == []


paths = st.sampled_from(["a.py", "b.py", "pkg/a.py", "pkg/sub/c.py", "other/d.pyi"])
trees = st.dictionaries(paths, st.text(alphabet="xé😀\r\n #=", max_size=12))


@given(st.lists(trees, min_size=1, max_size=4))
def test_a_mirror_always_holds_exactly_what_was_asked_for(wanted: list[dict[str, str]]) -> None:
    root = Path("/nonexistent")
    mirrors = Mirrors(_scratch())
    for texts in wanted:
        with mirrors.hold(root, texts=texts, settings={}) as mirror:
            assert _held(mirror.root) == texts
            assert sorted(texts) == list(mirror.paths)
    mirrors.close()


def _scratch() -> Path:
    return Path(os.environ["XDG_CACHE_HOME"]) / "mirrors"


def test_callers_at_the_same_time_never_share_a_mirror(tmp_path: Path) -> None:
    mirrors = Mirrors(tmp_path)
    wrong: list[dict[str, str]] = []

    def work(number: int) -> None:
        for _ in range(20):
            texts = {"a.py": f"x = {number}\n"}
            with mirrors.hold(tmp_path, texts=texts, settings={}) as mirror:
                if _held(mirror.root) != texts:
                    wrong.append(texts)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    mirrors.close()


def test_a_mirror_survives_an_error_of_its_caller(tmp_path: Path) -> None:
    mirrors = Mirrors(tmp_path)
    with (
        pytest.raises(ZeroDivisionError),
        mirrors.hold(tmp_path, texts={"a.py": "candidate"}, settings={}),
    ):
        raise ZeroDivisionError
    with mirrors.hold(tmp_path, texts={"a.py": "base"}, settings={}) as mirror:
        assert _held(mirror.root) == {"a.py": "base"}
    mirrors.close()


def test_what_cannot_be_written_is_said_and_thrown_away(tmp_path: Path) -> None:
    mirrors = Mirrors(tmp_path)
    with (
        pytest.raises(StorageUnavailable),
        mirrors.hold(tmp_path, texts={"a.py": "", "a.py/b.py": ""}, settings={}),
    ):
        pass
    with mirrors.hold(tmp_path, texts={"a.py": "x"}, settings={}) as mirror:
        assert _held(mirror.root) == {"a.py": "x"}
    mirrors.close()


HOLDER = """
import sys, time
from pathlib import Path
from playground.analyzers.mirror import Mirrors
mirrors = Mirrors(Path(sys.argv[1]))
with mirrors.hold(Path("/r"), texts={"a.py": "x"}, settings={}):
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_killed_process_leaves_nothing_for_long(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        alive = Mirrors(tmp_path)
        assert len(list(tmp_path.glob("mirror-*/"))) == 2, "a living process keeps its mirrors"
        process.send_signal(signal.SIGKILL)
        process.wait()
    time.sleep(0.05)
    fresh = Mirrors(tmp_path)
    assert len([p for p in tmp_path.iterdir() if p.is_dir()]) == 2
    alive.close()
    fresh.close()
    assert list(tmp_path.iterdir()) == []


def test_packages_with_links_and_path_files_are_not_offered(tmp_path: Path) -> None:
    site = ".venv/lib/python3.11/site-packages"
    put(
        tmp_path,
        {
            f"{site}/good/__init__.py": "",
            f"{site}/single.py": "",
            f"{site}/bad/__init__.py": "",
            f"{site}/evil.pth": "/home",
            f"{site}/good-1.dist-info/METADATA": "",
        },
    )
    (tmp_path / site / "bad" / "leak").symlink_to("/etc")
    (tmp_path / site / "home").symlink_to("/home")
    assert [p.name for p in installed_packages(tmp_path)] == ["good", "single.py"]


def test_packages_with_pipes_are_not_offered(tmp_path: Path) -> None:
    site = ".venv/lib/python3.11/site-packages"
    put(tmp_path, {f"{site}/good/__init__.py": "", f"{site}/slow/other.py": ""})
    os.mkfifo(tmp_path / site / "slow" / "__init__.py")
    os.mkfifo(tmp_path / site / "slower.py")
    assert [p.name for p in installed_packages(tmp_path)] == ["good"]


def test_an_environment_that_is_a_link_is_not_looked_into(tmp_path: Path) -> None:
    put(tmp_path / "other", {"lib/python3.11/site-packages/good/__init__.py": ""})
    (tmp_path / ".venv").symlink_to(tmp_path / "other")
    assert installed_packages(tmp_path) == ()


def test_importers_are_found_by_any_way_of_writing_it() -> None:
    texts = {
        "src/pkg/__init__.py": "from .core import run\n",
        "src/pkg/core.py": "def run(): ...\n",
        "src/pkg/absolute.py": "import pkg.core\n",
        "src/pkg/named.py": "from pkg import core\n",
        "src/pkg/relative.py": "from . import core\n",
        "src/pkg/sub/up.py": "from ..core import run\n",
        "src/pkg/sub/lazy.py": "def f():\n    from pkg.core import run\n",
        "app.py": "from pkg import run\n",
        "alone.py": "import os\n",
        "broken.py": "import pkg.core\ndef (",
    }
    found = importers(["src/pkg/core.py"], texts=texts)
    assert found == (
        "app.py",
        "src/pkg/__init__.py",
        "src/pkg/absolute.py",
        "src/pkg/named.py",
        "src/pkg/relative.py",
        "src/pkg/sub/lazy.py",
        "src/pkg/sub/up.py",
    )
    assert importers(["alone.py"], texts=texts) == ()


def test_a_snapshot_changes_its_digest_with_files_and_settings_alone(tmp_path: Path) -> None:
    root = put(tmp_path, {"a.py": "x = 1\n", "notes.md": "hi"})
    snapshots = Snapshots(ReadingRules())
    first = snapshots.take(root)
    put(root, {"notes.md": "ho"})
    assert snapshots.take(root).digest == first.digest
    put(root, {"ruff.toml": "line-length = 99\n"})
    second = snapshots.take(root)
    assert second.digest != first.digest
    put(root, {"a.py": "x = 2\n"})
    third = snapshots.take(root)
    assert third.digest != second.digest
    assert third.texts["a.py"] == "x = 2\n"


overlays = st.dictionaries(paths, st.one_of(st.none(), st.text(alphabet="xé\n", max_size=8)))


@given(trees, overlays)
def test_a_written_overlay_is_the_tree_with_it_and_leaves_the_copy_alone(
    texts: dict[str, str], overlay: dict[str, str | None]
) -> None:
    mirrors = Mirrors(_scratch())
    expected = {path: text for path, text in {**texts, **overlay}.items() if text is not None}
    with mirrors.hold(Path("/nonexistent"), texts=texts, settings={}) as mirror:
        over = mirror.over(overlay)
        with written(over) as files:
            assert _held(files.root) == expected
            assert sorted(expected) == list(over.paths) == list(files.paths)
            assert {path: text_of(over, path) for path in over.paths} == expected
            assert files.root == mirror.root or not files.overlay
        asked = list(over.paths)[:1]
        with written(over, alone=asked) as files:
            held = _held(files.root)
            assert {path: held[path] for path in asked} == {p: expected[p] for p in asked}
            assert held.items() <= expected.items()
        assert _held(mirror.root) == texts
        assert _held(mirror.root.parent / "written") == {}
    mirrors.close()


def test_callers_that_ask_alike_share_a_copy_and_its_state_tells_others_apart(
    tmp_path: Path,
) -> None:
    mirrors = Mirrors(tmp_path)
    one, two = {"a.py": "x = 1\n"}, {"a.py": "x = 2\n"}
    with (
        mirrors.hold(tmp_path, texts=one, settings={}) as first,
        mirrors.hold(tmp_path, texts=dict(one), settings={}) as second,
        mirrors.hold(tmp_path, texts=two, settings={}) as third,
    ):
        assert (first.root, first.state) == (second.root, second.state)
        assert third.root != first.root
        for mirror, name in ((first, "one"), (third, "two")):
            os.link(mirror.root / "a.py", tmp_path / name)
    with mirrors.hold(tmp_path, texts={"a.py": "x = 3\n"}, settings={}) as fourth:
        assert (fourth.root, fourth.state) not in {(m.root, m.state) for m in (first, third)}
        assert (fourth.root / "a.py").read_text() == "x = 3\n"
    assert (tmp_path / "one").read_text() == "x = 1\n", "files are replaced, not written into"
    assert (tmp_path / "two").read_text() == "x = 2\n"
    mirrors.close()


def test_a_file_that_is_looked_at_alone_keeps_its_packages(tmp_path: Path) -> None:
    texts = {"a/__init__.py": "", "a/b/__init__.pyi": "", "a/b/c.py": "x", "a/d.py": "", "e.py": ""}
    mirrors = Mirrors(tmp_path)
    with mirrors.hold(tmp_path, texts=texts, settings={}) as mirror:
        over = mirror.over({"a/b/c.py": "y", "a/b/__init__.pyi": None, "a/b/__init__.py": "z"})
        with written(over, alone=["a/b/c.py"]) as files:
            held = {"a/__init__.py": "", "a/b/__init__.py": "z", "a/b/c.py": "y"}
            assert _held(files.root) == held
    mirrors.close()
