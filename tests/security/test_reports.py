"""The door of reports: whole files, where the person said, never over something else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from playground.domain.errors import BadInput, PlaygroundError
from playground.security.reports import write_report


def ours(text: str) -> bool:
    return text.startswith("report")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_report_is_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    write_report(path, text="report 1", may_replace=ours)
    write_report(path, text="report 2", may_replace=ours)
    assert path.read_text() == "report 2"
    assert names(tmp_path) == ["r.json"]


def test_another_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    path.write_text("x = 1\n")
    with pytest.raises(BadInput, match="something else"):
        write_report(path, text="report", may_replace=ours)
    assert path.read_text() == "x = 1\n"


def test_links_folders_and_pipes_are_refused(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("report 1")
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "folder", "pipe", "missing/r.json", "\0"):
        with pytest.raises(PlaygroundError):
            write_report(tmp_path / name, text="report 2", may_replace=ours)
    assert target.read_text() == "report 1"
    assert names(tmp_path) == ["folder", "link", "pipe", "target"]


def test_a_folder_that_cannot_be_written_is_said() -> None:
    with pytest.raises(PlaygroundError, match=r"cannot be written|does not exist"):
        write_report(Path("/proc/1/report"), text="report", may_replace=ours)
