from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.domain.errors import BadInput
from playground.security.paths import path_problem, relative_inside


def test_paths_inside(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("")
    assert relative_inside(tmp_path, path="src/a.py") == "src/a.py"
    assert relative_inside(tmp_path, path="./src/../src/a.py") == "src/a.py"
    assert relative_inside(tmp_path, path=str(tmp_path / "src")) == "src"
    assert relative_inside(tmp_path, path=".") == "."
    assert relative_inside(tmp_path, path="not/there.py") == "not/there.py"


@pytest.mark.parametrize(
    "path", ["..", "../x", "/etc/passwd", "", "  ", "a\0b", "\ud800", "src/../../x"]
)
def test_paths_outside(tmp_path: Path, path: str) -> None:
    with pytest.raises(BadInput):
        relative_inside(tmp_path, path=path)


def test_links_lead_nowhere_else(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "link").symlink_to(outside)
    (root / "inner").symlink_to(root)
    (root / "loop").symlink_to(root / "loop")
    with pytest.raises(BadInput):
        relative_inside(root, path="link/a.py")
    with pytest.raises(BadInput):
        relative_inside(root, path="loop/a.py")
    assert relative_inside(root, path="inner/a.py") == "a.py"


@pytest.mark.parametrize("path", ["a.py", "src/pkg/mod.py", "a-b_c.d/e f.txt", ".github/x.yml"])
def test_good_patch_paths(path: str) -> None:
    assert path_problem(path) == ""


@given(st.text(max_size=40))
def test_a_good_patch_path_stays_inside(path: str) -> None:
    if path_problem(path) == "":
        root = Path("/nowhere/root")
        assert (root / path).resolve().is_relative_to(root)
