"""A line is lost to no other process that turns the file over."""

from __future__ import annotations

import os
from pathlib import Path, PosixPath

from playground.security.rotation import RotatedFile


class Taken(PosixPath):
    """A path whose file another process renames while it is looked at for the second time."""

    looks: int = 0

    def lstat(self) -> os.stat_result:
        if self.name == "log":
            type(self).looks += 1
            if self.looks == 2:
                Path(self).rename(f"{self}.taken")
        return super().lstat()


def test_a_line_goes_on_into_the_new_file_when_another_process_turned_over(tmp_path: Path) -> None:
    file = RotatedFile(Taken(tmp_path / "log"), bytes_max=10, files_max=3)
    file.write("the first line")
    Taken.looks = 0
    file.write("the second line")
    file.close()
    assert file.trouble == ""
    assert (tmp_path / "log.taken").read_text() == "the first line\n"
    assert (tmp_path / "log").read_text() == "the second line\n"
