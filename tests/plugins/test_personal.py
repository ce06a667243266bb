from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from playground.domain.errors import BadConfiguration
from playground.plugins import load_class


class Base:
    """What a person's class must be derived from."""


OWN = """
import tests_base_holder
class Mine(tests_base_holder.Base):
    pass
class Stranger:
    pass
number = 3
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config"
    (folder / "nodes").mkdir(parents=True)
    monkeypatch.setitem(sys.modules, "tests_base_holder", _holder())
    (folder / "mine.py").write_text(OWN)
    (folder / "nodes" / "deep.py").write_text(OWN)
    (folder / "bomb.py").write_text("raise ValueError('boom\\nsecond line')\n")
    (folder / "leaves.py").write_text("raise SystemExit(0)\n")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return folder


def _holder() -> object:
    module = types.ModuleType("tests_base_holder")
    vars(module)["Base"] = Base
    return module


@pytest.mark.parametrize("reference", ["mine.py:Mine", "nodes/deep.py:Mine"])
def test_loads_a_class_from_a_file(own: Path, reference: str) -> None:
    loaded = load_class(reference, base_folder=own, expected=Base)
    assert issubclass(loaded, Base)
    assert loaded is load_class(reference, base_folder=own, expected=Base)


def test_loads_a_class_of_an_installed_package(own: Path) -> None:
    assert load_class("json.decoder:JSONDecodeError", base_folder=own, expected=ValueError)


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("mine.py", "write it as"),
        ("Mine", "write it as"),
        ("mine.py:", "write it as"),
        ("mine.py:Mine()", "write it as"),
        ("os;evil:Mine", "write it as"),
        ("../mine.py:Mine", "without '..'"),
        ("/etc/mine.py:Mine", "not absolute"),
        ("absent.py:Mine", "put it there"),
        ("a\0b.py:Mine", "put it there"),
        ("mine.py:Yours", "no class Yours"),
        ("mine.py:number", "no class number"),
        ("mine.py:Stranger", "derived from Base"),
        ("bomb.py:Mine", "ValueError: boom"),
        ("leaves.py:Mine", "SystemExit"),
        ("surely_not_installed.x:Mine", "install it"),
        ("json.no_such_module:Mine", "ModuleNotFoundError"),
    ],
)
def test_says_what_is_wrong(own: Path, reference: str, reason: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        load_class(reference, base_folder=own, expected=Base, origin="cycles.yaml:3")
    assert reason in str(caught.value)
    assert "cycles.yaml:3" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_failed_import_is_tried_again(own: Path) -> None:
    with pytest.raises(BadConfiguration):
        load_class("bomb.py:Mine", base_folder=own, expected=Base)
    (own / "bomb.py").write_text(OWN + "\n# mended, and of another length\n")
    assert load_class("bomb.py:Mine", base_folder=own, expected=Base)


def test_never_from_the_working_directory(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = Path.cwd() / "ran"
    evil = f"import pathlib\npathlib.Path({str(marker)!r}).touch()\n{OWN}"
    Path("shadowed_nodes.py").write_text(evil)
    monkeypatch.setattr(sys, "path", ["", str(Path.cwd()), *sys.path])
    with pytest.raises(BadConfiguration, match="never run"):
        load_class("shadowed_nodes:Mine", base_folder=own, expected=Base)
    assert not marker.exists()


def test_never_from_below_the_project(own: Path) -> None:
    with pytest.raises(BadConfiguration, match="never run"):
        load_class("mine.py:Mine", base_folder=own, expected=Base, project=own.parent)


def test_a_link_into_the_project_is_followed_and_refused(own: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "evil.py").write_text(OWN)
    (own / "innocent.py").symlink_to(project / "evil.py")
    with pytest.raises(BadConfiguration, match="never run"):
        load_class("innocent.py:Mine", base_folder=own, expected=Base, project=project)


def test_a_file_that_everybody_may_write_is_refused(own: Path) -> None:
    (own / "mine.py").chmod(0o666)
    with pytest.raises(BadConfiguration, match="chmod o-w"):
        load_class("mine.py:Mine", base_folder=own, expected=Base)
