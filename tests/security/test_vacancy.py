"""Where a new file has a place on the real disk; the workspace's contract has the plain rules."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from playground.domain.errors import BadInput
from playground.security.workspace import LocalWorkspace


def test_no_new_file_has_a_place_below_a_link_or_in_the_place_of_one(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "linked").symlink_to(outside)
    (root / "dangling.py").symlink_to(outside / "nothing.py")
    os.mkfifo(root / "pipe")
    workspace = LocalWorkspace()
    for path, said in (
        ("linked/new.py", "linked is a link, so no file can be made at linked/new.py."),
        ("dangling.py", "dangling.py is there already, so no new file can be made of that name."),
        ("pipe/new.py", "pipe is a file, so no file can be made at pipe/new.py."),
        ("../new.py", "'../new.py' is not a plain path below the root; write it without '..'."),
    ):
        assert workspace.obstacle(root, path=path) == said
    with pytest.raises(BadInput, match="cannot be read"):
        workspace.obstacle(tmp_path / "gone", path="new.py")


def test_a_folder_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0)
    said = LocalWorkspace().obstacle(tmp_path, path="shut/new.py")
    (tmp_path / "shut").chmod(0o700)
    why = "shut cannot be looked into, so no new file can be made below it."
    assert said == ("" if os.geteuid() == 0 else why)


def test_an_entry_that_only_looks_new_is_found_among_many(tmp_path: Path) -> None:
    (tmp_path / "stra\u00dfe.py").touch()
    for number in range(50):
        (tmp_path / f"{number}.py").touch()
    assert "would be the same file as" in LocalWorkspace().obstacle(tmp_path, path="STRASSE.py")
    assert not LocalWorkspace().obstacle(tmp_path, path="51.py")
