"""`.ci/run` on a tiny repository whose tools only say what they were asked.

Programs come from a folder of the test's own, so that nothing is installed on this machine and
nothing that it lacks matters.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # nobody changes that script every day

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAMS = (
    *("bash", "cat", "dirname", "env", "git", "grep", "mktemp", "rm", "sed", "sh", "tail", "tee"),
    *("timeout", "basename"),
)
SYSTEM = {
    "apt-get": 'echo "apt-get $*" >> "$ASKED"',
    "bwrap": "exit 0",
    "id": "echo 0",
    "postgres": "exit 0",
    "ldconfig": 'echo "libgomp.so.1 (libc6,x86-64) => /lib/libgomp.so.1"',
    "uname": "echo Linux",
}
TOOL = '#!/bin/sh\necho "$(basename "$0") $*" >> "$ASKED"\n[ "$(basename "$0")" != "$BROKEN" ]\n'
START = """
import os, pathlib, sys
folder = pathlib.Path(".venv/bin")
folder.mkdir(parents=True, exist_ok=True)
for name in ("ruff", "lint-imports", "pyright", "playground"):
    (folder / name).write_text(os.environ["TOOL"])
    (folder / name).chmod(0o755)
with open(os.environ["ASKED"], "a") as log:
    log.write(" ".join(["start.py", *sys.argv[1:]]) + "\\n")
if "-m" in sys.argv:
    if os.environ["BROKEN"] == "litter":
        pathlib.Path("litter").touch()
    broken = os.environ["BROKEN"] == "tests"
    print("....\\n1 failed, 3 passed in 0.10s" if broken else "....\\n4 passed in 0.10s")
    sys.exit(broken)
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with our CI script and a start.py that installs talking tools."""
    folder = tmp_path / "repository"
    (folder / ".ci").mkdir(parents=True)
    shutil.copy(REPOSITORY / ".ci" / "run", folder / ".ci")
    (folder / ".ci" / "sglang").write_text('#!/bin/sh\n[ "$BROKEN" != sglang ]\n')
    (folder / ".ci" / "sglang").chmod(0o755)
    (folder / "start.py").write_text(START)
    (folder / "README.md").write_text("```\npython3 start.py test\n```\n")
    (folder / ".gitignore").write_text(".venv/\n")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "Begin"]):
        subprocess.run([*git, *arguments], cwd=folder, check=True)
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """The only folder on PATH: a few real programs and a pretended system."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in PROGRAMS:
        (folder / name).symlink_to(str(shutil.which(name)))
    (folder / "python3").symlink_to(sys.executable)
    for name, body in SYSTEM.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    return folder


def run(repository: Path, programs: Path, *, broken: str = "") -> tuple[int, list[str], list[str]]:
    """Runs the script; returns its exit status, its lines, and what the tools were asked."""
    asked = repository.parent / "asked"
    environment = {
        "PATH": str(programs),
        "HOME": str(repository.parent),
        "ASKED": str(asked),
        "BROKEN": broken,
        "TOOL": TOOL,
    }
    done = subprocess.run(
        [str(programs / "bash"), str(repository / ".ci" / "run")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout.splitlines(), asked.read_text().splitlines()


def test_everything_is_run_and_the_closing_line_comes_last(
    repository: Path, programs: Path
) -> None:
    status, lines, asked = run(repository, programs)
    assert status == 0
    assert lines[-1] == "4 passed in 0.10s"
    assert asked == [
        "start.py test --version",
        "ruff check .",
        "ruff format --check .",
        "lint-imports ",
        "pyright src tests start.py",
        "playground model pull qwen2.5-coder-1.5b",
        "start.py test -m slow or not slow --durations=25",
    ]


@pytest.mark.parametrize("broken", ["ruff", "lint-imports", "pyright", "playground"])
def test_a_broken_part_fails_the_whole(repository: Path, programs: Path, broken: str) -> None:
    status, _, asked = run(repository, programs, broken=broken)
    assert status != 0
    assert asked[-1].startswith(broken)


def test_failing_tests_fail_the_whole_with_their_line_last(
    repository: Path, programs: Path
) -> None:
    status, lines, _ = run(repository, programs, broken="tests")
    assert status == 1
    assert lines[-1] == "1 failed, 3 passed in 0.10s"


def test_a_failure_of_the_real_server_fails_the_whole(repository: Path, programs: Path) -> None:
    status, lines, _ = run(repository, programs, broken="sglang")
    assert status == 1
    assert lines[-1] == "4 passed in 0.10s"
    assert "the suite against the real SGLang failed with status 1" in lines


def test_files_left_behind_fail_the_whole(repository: Path, programs: Path) -> None:
    status, lines, _ = run(repository, programs, broken="litter")
    assert status == 1
    assert "the tests left files behind in the clone" in lines


def test_only_what_is_committed_counts(repository: Path, programs: Path) -> None:
    (repository / "README.md").write_text("changed and not committed")
    assert run(repository, programs)[0] == 0


@pytest.mark.parametrize(
    ("name", "instead", "package"),
    [("bwrap", None, "bubblewrap"), ("ldconfig", "exit 0", "libgomp1")],
)
def test_what_the_system_lacks_is_installed(
    repository: Path, programs: Path, name: str, instead: str | None, package: str
) -> None:
    (programs / name).unlink()
    if instead is not None:
        (programs / name).write_text(f"#!/bin/sh\n{instead}\n")
        (programs / name).chmod(0o755)
    status, _, asked = run(repository, programs)
    assert status == 0
    assert asked[:2] == ["apt-get update -qq", f"apt-get install -y -qq {package}"]
