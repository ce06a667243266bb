"""A server's copy always holds what the mirror and its overlay say, and says what changed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers.mirror import Mirrors
from playground.analyzers.servers.following import Event, FollowingTree
from playground.domain.ports import Mirror

paths = st.sampled_from(["a.py", "pkg/b.py", "pkg/sub/c.py", "other/py.typed"])
words = st.text(alphabet="xé\n", max_size=4)
trees = st.dictionaries(paths, words, min_size=1)
overlays = st.dictionaries(paths, st.one_of(st.none(), words))


def _held(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes().decode()
        for path in root.rglob("*")
        if path.is_file()
    }


def _on_disk(texts: dict[str, str], overlay: dict[str, str | None]) -> dict[str, str]:
    """Changed files keep the mirror's text on disk: their new one goes over the pipe."""
    held = {path: text for path, text in texts.items() if overlay.get(path, "") is not None}
    new = {p: t for p, t in overlay.items() if t is not None and p not in texts}
    return {**held, **new}


def _follow(tree: FollowingTree, mirror: Mirror) -> dict[str, Event]:
    return {} if tree.is_at(mirror) else tree.follow(mirror)


@given(st.lists(st.tuples(trees, st.lists(overlays, max_size=3)), min_size=1, max_size=3))
def test_the_copy_holds_what_it_should_and_says_what_changed(
    steps: list[tuple[dict[str, str], list[dict[str, str | None]]]],
) -> None:
    home = Path(_scratch_folder())
    shutil.rmtree(home, ignore_errors=True)
    mirrors, tree = Mirrors(home / "mirrors"), FollowingTree(home / "tree")
    before: dict[str, str] = {}
    for texts, changes in steps:
        with mirrors.hold(Path("/nonexistent"), texts=texts, settings={}) as mirror:
            for overlay in ({}, *changes):
                over = mirror.over(overlay)
                events = _follow(tree, over) | tree.lay(over)
                after = _held(tree.root)
                assert after == _on_disk(texts, overlay)
                _check_events(before, after, events)
                assert _held(mirror.root) == texts, "the mirror itself stays as it is"
                before = after
    mirrors.close()


def _check_events(before: dict[str, str], after: dict[str, str], events: dict[str, Event]) -> None:
    different = {p for p in {*before, *after} if before.get(p) != after.get(p)}
    assert different <= set(events)
    for path, event in events.items():
        assert (event is Event.DELETED) == (path not in after)


def _scratch_folder() -> str:
    return os.environ["XDG_CACHE_HOME"] + "/following"
