from __future__ import annotations

import signal
import sys
from pathlib import Path

import pexpect
import pytest

HERE = Path(__file__).parent
QUESTION = r"\[a\]pprove \[e\]dit \[r\]eject \[s\]kip \[q\]uit"


@pytest.fixture
def start(tmp_path: Path) -> Start:
    return Start(tmp_path)


class Start:
    """Starts a command on a terminal of 100 columns."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *argv: str) -> pexpect.spawn[str]:
        environment = {
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "PROMPT_TOOLKIT_NO_CPR": "1",
            "PYTHONPATH": str(HERE),
        }
        script = [str(HERE / "pty_world.py"), str(self.folder), *argv]
        return pexpect.spawn(
            sys.executable,
            script,
            env=environment,
            encoding="utf-8",
            timeout=60,
            dimensions=(40, 100),
        )


def test_a_person_sees_progress_and_a_coloured_diff_and_approves(start: Start) -> None:
    child = start("improve", ".")
    child.expect("proving")
    child.expect("\x1b\\[31m-x = 'BAD'")
    child.expect("\x1b\\[32m\\+x = 'GOOD'")
    child.expect(QUESTION)
    child.sendline("a")
    child.expect("Written: a.py")
    child.expect("1 approved")
    child.expect(r"finally \"x = 'GOOD'")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_keys_pressed_before_the_question_do_not_answer_it(start: Start) -> None:
    child = start("improve", ".", "--max", "1")
    child.expect("proving")
    child.sendline("a")
    child.expect(QUESTION)
    with pytest.raises(pexpect.TIMEOUT):
        child.expect("Written", timeout=0.5)
    child.sendeof()
    child.expect(r"finally \"x = 'BAD'")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1


def test_ctrl_c_ends_with_130_and_says_that_nothing_is_lost(start: Start) -> None:
    child = start("improve", ".", "--rule", "X001")
    child.expect("proving")
    child.sendintr()
    child.expect("What was recorded is kept; the same command carries on")
    child.expect(r"finally \"x = 'BAD'")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130


@pytest.mark.slow
def test_the_session_survives_ctrl_c_and_ends_at_ctrl_d(start: Start) -> None:
    child = start()
    child.expect("playground>")
    child.send("half a thought")
    child.sendintr()
    child.expect("Stopped")
    child.expect("playground>")
    child.send("write a greeting\r")
    child.expect(QUESTION)
    child.sendline("a")
    child.expect("Written: greet.py")
    child.expect("playground>")
    child.send("/quit\r")
    child.expect("greet.py")
    child.expect(pexpect.EOF)
    child.close()
    assert (child.exitstatus, child.signalstatus) == (0, None)


def test_the_session_ends_at_the_end_of_input(start: Start) -> None:
    child = start()
    child.expect("playground>")
    child.sendeof()
    child.expect("finally")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


STUBBORN = """
import sys, time
from playground.surfaces.interrupting import watched_interrupts
with watched_interrupts():
    try:
        print("working", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print("cleaning", flush=True)
        time.sleep(60)
"""


def test_a_second_ctrl_c_ends_at_once() -> None:
    child: pexpect.spawn[str] = pexpect.spawn(
        sys.executable, ["-c", STUBBORN], encoding="utf-8", timeout=60
    )
    child.expect("working")
    child.sendintr()
    child.expect("cleaning")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.signalstatus == signal.SIGINT


def test_being_told_to_end_closes_what_was_opened() -> None:
    code = STUBBORN.replace("KeyboardInterrupt", "SystemExit")
    child: pexpect.spawn[str] = pexpect.spawn(sys.executable, ["-c", code], encoding="utf-8")
    child.expect("working")
    child.kill(signal.SIGTERM)
    child.expect("cleaning")
    child.kill(signal.SIGTERM)
    child.expect(pexpect.EOF)
    child.close()
    assert child.signalstatus == signal.SIGTERM


EDITED = """
import sys
from pathlib import Path
from playground.domain.errors import Unavailable
from playground.security.process import open_editor
from playground.surfaces.interrupting import watched_interrupts
with watched_interrupts():
    editor = "sh -c 'echo editing; exec sleep 60'"
    try:
        open_editor(Path("file"), editor=editor, environment={"PATH": "/usr/bin:/bin"})
    except Unavailable as error:
        print(error, flush=True)
    try:
        print("asking", flush=True)
        sys.stdin.readline()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


def test_ctrl_c_in_the_editor_ends_the_editor_alone() -> None:
    child: pexpect.spawn[str] = pexpect.spawn(
        sys.executable, ["-c", EDITED], encoding="utf-8", timeout=60
    )
    child.expect("editing\r\n")
    child.sendintr()
    child.expect("was stopped; nothing was taken over")
    child.expect("asking\r\n")
    child.sendintr()
    child.expect("interrupted")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_what_is_said_after_ctrl_c_begins_on_a_line_of_its_own(start: Start) -> None:
    child = start("improve", ".")
    child.expect(QUESTION)
    child.sendintr()
    child.expect("\r\nplayground: Stopped")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
