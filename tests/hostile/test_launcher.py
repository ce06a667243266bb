"""The installed command: Python is started so that no variable or folder can add code to it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "playground"


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """A folder with the command and a Python that only says how it was started."""
    folder = tmp_path / "environment" / "bin"
    folder.mkdir(parents=True)
    shutil.copy(SCRIPT, folder)
    python = folder / "python"
    python.write_text('#!/bin/sh\necho "$# $* $PATH"\n')
    python.chmod(0o755)
    return folder


def said(program: str, *arguments: str, cwd: Path, path: str = "/usr/bin:/bin") -> str:
    """Returns what the command prints."""
    environment = {"PATH": path, "PYTHONPATH": "."}
    done = subprocess.run(
        [program, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_python_is_isolated_and_gets_the_arguments(bin_folder: Path, tmp_path: Path) -> None:
    expected = "5 -I -m playground check a  b /usr/bin:/bin\n"
    assert said(str(bin_folder / "playground"), "check", "a  b", cwd=tmp_path) == expected


@pytest.mark.usefixtures("bin_folder")
def test_links_to_the_command_are_followed(tmp_path: Path) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    near.symlink_to("environment/bin/playground")
    far.symlink_to(near)
    for link in (str(near), str(far), "./near", "../" + tmp_path.name + "/far"):
        assert said(link, cwd=tmp_path).startswith("3 -I -m playground"), link


def test_no_program_of_the_working_folder_is_started(bin_folder: Path, tmp_path: Path) -> None:
    for name in ("readlink", "dirname", "python", "python3", "sh", "env"):
        (tmp_path / name).write_text("#!/bin/sh\necho executed\n")
        (tmp_path / name).chmod(0o755)
    link = tmp_path / "link"
    link.symlink_to(bin_folder / "playground")
    path = f".:{tmp_path}:/usr/bin:/bin"
    assert said(str(link), cwd=tmp_path, path=path) == f"3 -I -m playground {path}\n"


def test_without_a_python_beside_it_it_says_what_to_do(tmp_path: Path) -> None:
    shutil.copy(SCRIPT, tmp_path)
    assert "install Playground into a virtual environment" in said(
        str(tmp_path / "playground"), cwd=tmp_path
    )


def test_the_packaging_installs_this_script() -> None:
    settings = (SCRIPT.parents[1] / "pyproject.toml").read_text("utf-8")
    assert '"scripts/playground" = "playground"' in settings
    assert "[project.scripts]" not in settings
