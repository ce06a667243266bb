"""What people copy from the documentation, run as they would run it: as plain scripts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "memory.md"

LIGHT = """
import sys
from playground.memory import MemoryStore
memory = MemoryStore()
print(memory.fetch_semantic("error handling patterns", k=5), memory.count(), memory.folder)
print(sorted({"lancedb", "numpy", "pyarrow", "pydantic", "tokenizers"} & set(sys.modules)))
"""


def _run(code: str, *, home: Path) -> str:
    environment = {"HOME": str(home), "XDG_DATA_HOME": str(home / "data")}
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout


def test_asking_an_empty_memory_loads_and_makes_nothing(tmp_path: Path) -> None:
    answer, heavy = _run(LIGHT, home=tmp_path).splitlines()
    assert answer.startswith("[] 0 ")
    assert Path(answer.split()[-1]).is_relative_to(tmp_path)
    assert heavy == "[]"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_guide_is_true(tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    assert len(blocks) == 3
    assert _run("\n".join(blocks), home=tmp_path) == "0 episodes; the newest: []\n"
