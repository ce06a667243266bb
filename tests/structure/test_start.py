"""`start.py` on a tiny project of the same shape, whose locks are empty, so without a network."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "playground"
version = "0"
"""
BACKEND = '''
import base64, hashlib, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    """Writes the smallest wheel that has a `playground` command."""
    files = {
        "playground_tiny.py": "import sys\\ndef main(): print('product', *sys.argv[1:])\\n",
        "playground-0.dist-info/METADATA":
            "Metadata-Version: 2.1\\nName: playground\\nVersion: 0\\n",
        "playground-0.dist-info/WHEEL":
            "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        "playground-0.dist-info/entry_points.txt":
            "[console_scripts]\\nplayground = playground_tiny:main\\n",
    }
    record = "".join(f"{name},,\\n" for name in files) + "playground-0.dist-info/RECORD,,\\n"
    with zipfile.ZipFile(f"{folder}/playground-0-py3-none-any.whl", "w") as wheel:
        for name, text in {**files, "playground-0.dist-info/RECORD": record}.items():
            wheel.writestr(name, text)
    return "playground-0-py3-none-any.whl"
'''


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with start.py, a project of one command and locks that pin nothing."""
    folder = tmp_path / "a clone"
    (folder / "requirements").mkdir(parents=True)
    for lock in ("core", "dev", "embedding"):
        (folder / "requirements" / f"{lock}.lock").write_text("")
    shutil.copy(REPOSITORY / "start.py", folder)
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "backend.py").write_text(BACKEND)
    return folder


@pytest.fixture
def ready(clone: Path) -> Path:
    """A clone whose environment is whole, made by hand so that it costs no time."""
    bin_folder = clone / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    (clone / ".venv" / "pyvenv.cfg").write_text("")
    for name, text in (("playground", 'echo "product $@ in $(pwd)"; exit 7'), ("python", "exit 1")):
        script = bin_folder / name
        script.write_text(f"#!/bin/sh\n{text}\n")
        script.chmod(0o755)
    program = (
        "import start\n"
        "lines = [f'place={start.place()}', *(f'{k}={start.digest(k)}' for k in start.LOCKS)]\n"
        "start.write(start.STAMP, '\\n'.join(lines))\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=clone, check=True)
    return clone


def environment(folder: Path) -> dict[str, str]:
    """An environment in which pip finds no registry, as on a machine without a network."""
    return {
        "HOME": str(folder.parent),
        "PATH": os.defpath,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_RETRIES": "1",
    }


def start(
    folder: Path, *arguments: str, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Starts the clone and waits for it."""
    return subprocess.run(
        [sys.executable, str(folder / "start.py"), *arguments],
        cwd=cwd or folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_whole_environment_becomes_the_product_at_once(ready: Path, tmp_path: Path) -> None:
    done = start(ready, "--", "improve", "--max", "2", cwd=tmp_path)
    assert done.stdout == f"product improve --max 2 in {tmp_path}\n"
    assert done.stderr == ""
    assert done.returncode == 7


def test_only_the_first_dashes_are_ours(ready: Path) -> None:
    assert "product --help --" in start(ready, "--help", "--").stdout


@pytest.mark.parametrize("changed", ["requirements/core.lock", "pyproject.toml"])
def test_changed_pins_are_noticed(ready: Path, changed: str) -> None:
    with (ready / changed).open("a") as file:
        file.write("\n# changed\n")
    done = start(ready)
    assert "pinned packages changed" in done.stderr
    assert done.returncode == 3  # this hand-made environment has no Python to install with


def retire(folder: Path) -> str:
    """Lets the clone judge its environment and returns what it says."""
    command = [sys.executable, "-c", "import start; start.retire_broken()"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stderr


def test_a_whole_environment_is_kept(ready: Path) -> None:
    assert retire(ready) == ""
    assert (ready / ".venv" / "bin" / "python").exists()


def test_an_environment_that_somebody_made_by_hand_is_kept(ready: Path) -> None:
    (ready / ".venv" / "playground-start.stamp").unlink()
    assert retire(ready) == ""
    assert (ready / ".venv" / "bin" / "python").exists()


@pytest.mark.parametrize("lost", ["bin/python", "pyvenv.cfg"])
def test_a_half_removed_environment_goes(ready: Path, lost: str) -> None:
    (ready / ".venv" / lost).unlink()
    assert "not whole" in retire(ready)
    assert not (ready / ".venv").exists()


def test_an_unfinished_environment_goes(ready: Path) -> None:
    (ready / ".venv" / "playground-start.unfinished").write_text("")
    assert "not whole" in retire(ready)
    assert not (ready / ".venv").exists()
    assert not (ready / ".venv.retired").exists()


def test_a_moved_environment_goes(ready: Path, tmp_path: Path) -> None:
    moved = ready.rename(tmp_path / "elsewhere")
    assert "not whole" in retire(moved)
    assert not (moved / ".venv").exists()


@pytest.mark.slow
def test_a_first_start_without_a_network_says_so_and_a_later_one_mends_it(clone: Path) -> None:
    lock = clone / "requirements" / "core.lock"
    lock.write_text("no-such-thing==1 --hash=sha256:" + 64 * "0")
    done = start(clone, "one")
    assert "the package registry cannot be reached" in done.stderr
    assert (done.returncode, done.stdout) == (3, "")
    lock.write_text("")
    assert start(clone, "two").stdout == "product two\n"


def test_an_old_python_is_told_so(clone: Path) -> None:
    program = (
        "import start\n"
        "try: start.check_machine(version=(3, 9, 2), system='posix')\n"
        "except start.CannotStartError as problem: print(problem)\n"
        "try: start.check_machine(version=(3, 12, 0), system='nt')\n"
        "except start.CannotStartError as problem: print(problem)\n"
    )
    command = [sys.executable, "-c", program]
    told = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=True).stdout
    assert "this is Python 3.9.2 and Playground needs 3.11 or newer" in told
    assert "start it in WSL" in told


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "other bytes than the pinned ones"),
        ("OSError: [Errno 28] No space left on device", "free 2 GB"),
        ("ssl.SSLCertVerificationError CERTIFICATE_VERIFY_FAILED", "certificate is not trusted"),
        ("NewConnectionError\nNo matching distribution found", "cannot be reached"),
        ("ERROR: No matching distribution found for lancedb", "no build for this machine"),
        ("something new", "read its log"),
    ],
)
def test_an_installers_words_become_advice(clone: Path, words: str, sentence: str) -> None:
    command = [sys.executable, "-c", "import start, sys; print(start.advice(sys.argv[1]))", words]
    told = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=True).stdout
    assert sentence in told


@pytest.mark.slow
def test_a_first_start_installs_and_a_second_does_not(clone: Path) -> None:
    first = start(clone, "one")
    assert first.stdout == "product one\n", first.stderr
    assert "Installed in" in first.stderr
    second = start(clone, "two")
    assert (second.stdout, second.stderr) == ("product two\n", "")
    times_s: list[float] = []
    for _ in range(3):
        before = time.monotonic()
        start(clone)
        times_s.append(time.monotonic() - before)
    assert min(times_s) < 2


@pytest.mark.slow
def test_two_first_starts_at_once_install_once(clone: Path) -> None:
    command = [sys.executable, str(clone / "start.py"), "hello"]
    both = [
        subprocess.Popen(
            command,
            env=environment(clone),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=120) for process in both]
    assert [out for out, _ in answers] == ["product hello\n"] * 2, answers
    assert sum("Installed in" in err for _, err in answers) == 1
    assert sum("another start; waiting" in err for _, err in answers) == 1


@pytest.mark.slow
def test_a_start_that_was_killed_anywhere_is_repaired_by_the_next(clone: Path) -> None:
    for delay_s in (0.1, 0.6, 1.5, 2.5, 3.5):
        process = subprocess.Popen(
            [sys.executable, str(clone / "start.py")],
            env=environment(clone),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(delay_s)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
    done = start(clone, "whole")
    assert done.stdout == "product whole\n", done.stderr
    assert not (clone / ".venv" / "playground-start.unfinished").exists()
    assert not (clone / ".venv.retired").exists()
