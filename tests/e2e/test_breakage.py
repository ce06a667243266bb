"""The real command where something is broken: the right exit code, one sentence, nothing lost."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest
from e2e_world import (
    FILES,
    HEADLESS,
    QUESTION,
    RUFF_ONLY,
    Ended,
    Machine,
    ended,
    finish,
    git_apply,
    repaired,
)
from rich.cells import cell_len

TWO = {"nones.py": FILES["nones.py"], "ports.py": FILES["ports.py"]}
PLAIN: Mapping[str, object] = {**RUFF_ONLY, "memory": {"enabled": False}}
ODD = "mit Leer zeichen ß 例/é 文.py"
NO_OVERRIDE = (  # root ignores file modes unless it gives that right up
    'exec setpriv --bounding-set=-dac_override,-dac_read_search "$@"'
    if sys.platform == "linux" and os.geteuid() == 0
    else 'exec "$@"'
)

pytestmark = pytest.mark.slow  # each starts the real command, a second or more


def machine_in(
    folder: Path, *, delay_s: float = 0.0, files: Mapping[str, str | bytes] = TWO, name: str = "r"
) -> Machine:
    machine = Machine(folder, name, files)
    machine.prepare(delay_s=delay_s, settings=PLAIN)
    return machine


@contextmanager
def read_only(folder: Path) -> Generator[None]:
    """Takes the right to write away from everything below the folder."""
    everything = [folder, *folder.rglob("*")]
    modes = {path: path.stat().st_mode for path in everything}
    for path in everything:
        path.chmod(modes[path] & ~0o222)
    try:
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


def expect_sentence(end: Ended, pattern: str, *, code: int) -> None:
    """One sentence on standard error that matches, and this exit code."""
    assert end.code == code, end.err
    (sentence,) = end.sentences
    assert re.search(pattern, sentence), sentence
    assert sentence.endswith(".")


def expect_all_proposed(machine: Machine) -> None:
    """The same command carries on to its end, and the journal is whole."""
    end = machine.improve()
    assert (end.code, end.outcomes) == (0, ["proposed"] * len(machine.files)), end.err
    runs = machine.runs()
    assert len(runs) == len({run.task.key for run in runs}) == len(machine.files)
    assert machine.audit().problems == ()
    assert len(machine.asked) == len(set(machine.asked))


def test_a_tree_that_may_only_be_read_is_improved_and_not_written(tmp_path: Path) -> None:
    machine = machine_in(tmp_path)
    before = machine.tree()
    with read_only(machine.root):
        end = machine.improve(narrowed=NO_OVERRIDE)
        assert (end.code, end.outcomes) == (0, ["proposed", "proposed"]), end.err
        child = machine.terminal("review", narrowed=NO_OVERRIDE)
        child.expect(QUESTION)
        child.sendline("a")
        child.expect("permission is denied; make the file and its folder yours and try again")
        assert finish(child) == 3
        assert machine.tree() == before
    child = machine.terminal("review")  # what was approved is written as soon as it can be
    child.expect(QUESTION)
    (applied,) = {p for p, digest in machine.tree().items() if digest != before[p]}
    assert applied in TWO
    child.sendline("q")
    assert finish(child) == 1
    assert (machine.root / "nones.py").read_text() == repaired("is_missing")


def test_a_state_folder_that_may_only_be_read_is_said(tmp_path: Path) -> None:
    machine = machine_in(tmp_path)
    machine.state.mkdir(parents=True)
    with read_only(machine.state):
        end = machine.improve(narrowed=NO_OVERRIDE)
    expect_sentence(end, "journal .* check the folder and its permissions", code=3)


def test_what_needs_no_journal_works_while_its_server_is_down(tmp_path: Path) -> None:
    machine = machine_in(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        url = f"postgresql://me@127.0.0.1:{nobody.getsockname()[1]}/x"
    machine.configure("tools", {**PLAIN, "journal": {"url": url}})
    doctor = machine.run("doctor")
    assert (doctor.code, doctor.sentences) == (3, []), doctor.err
    assert re.search("^problem  journal: .* does not answer", doctor.out, re.MULTILINE)
    assert re.search("^ok       ruff: ", doctor.out, re.MULTILINE)
    shown = machine.run("config", "show", "tools.journal")
    assert (shown.code, shown.sentences) == (0, []), shown.err
    assert "127.0.0.1" in shown.out
    assert machine.run("check", ".").code == 1
    expect_sentence(machine.improve(), "does not answer", code=3)


def test_a_full_disk_at_the_start_is_said(tmp_path: Path) -> None:
    machine = machine_in(tmp_path)
    end = machine.improve(narrowed='ulimit -f 2; exec "$@"')
    expect_sentence(end, "free", code=3)
    expect_all_proposed(machine)


def test_a_disk_that_fills_up_on_the_way_loses_nothing(tmp_path: Path) -> None:
    machine = machine_in(tmp_path, files={p: t for p, t in FILES.items() if p != "names.py"})
    end = machine.improve(narrowed='ulimit -f 110; exec "$@"')  # 55 KiB a file
    expect_sentence(end, "free", code=3)
    recorded = {run.id: run.events for run in machine.runs()}
    assert 0 < len(recorded) < len(machine.files)
    again = machine.improve()
    assert (again.code, again.outcomes) == (0, ["proposed"] * len(machine.files)), again.err
    events = {run.id: run.events for run in machine.runs()}
    assert all(events[run][: len(known)] == known for run, known in recorded.items())
    assert machine.audit().problems == ()


def test_files_of_other_encodings_are_left_and_named(tmp_path: Path) -> None:
    latin = "name = 'é'\nif name == None:\n    pass\n".encode("latin-1")
    machine = machine_in(tmp_path, files={"nones.py": FILES["nones.py"], "latin.py": latin})
    before = machine.tree()
    end = machine.improve()
    assert (end.code, end.outcomes) == (0, ["proposed"])
    assert end.lines[-1]["not_read"] == [{"path": "latin.py", "reason": "is not UTF-8 text"}]
    assert machine.tree() == before


def test_diffs_keep_windows_line_ends_and_paths_of_all_kinds(tmp_path: Path) -> None:
    text = FILES["nones.py"].replace("\n", "\r\n")
    machine = machine_in(tmp_path, files={ODD: text}, name="my repo — ünïcode 文")
    end = machine.improve()
    assert (end.code, end.outcomes) == (0, ["proposed"]), end.err
    git_apply(machine, end.results[0])
    expected = repaired("is_missing").replace("\n", "\r\n").encode()
    assert (machine.root / ODD).read_bytes() == expected


def test_a_server_that_does_not_answer_is_said(tmp_path: Path) -> None:
    machine = machine_in(tmp_path, files={"nones.py": FILES["nones.py"]})
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening: whoever calls is refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        engine = {"kind": "openai_compatible", "base_url": url, "model": "some"}
        machine.configure("model", {"engine": "far", "engines": {"far": engine}})
        end = machine.improve()
    assert end.code == 3, end.err
    assert end.outcomes == ["error"]
    reason = cast("str", end.results[0]["reason"])
    assert "127.0.0.1" in reason
    assert ". " not in reason
    (run,) = machine.runs()
    assert run.ended is None


def test_a_reader_that_leaves_early_is_no_trouble(tmp_path: Path) -> None:
    machine = machine_in(tmp_path)
    process = machine.start(*HEADLESS)
    head = subprocess.run(
        ["/bin/sh", "-c", "head -1"],
        stdin=process.stdout,
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    end = ended(process)
    assert '"outcome":"proposed"' in head.stdout
    assert end.sentences == []
    assert end.code in {0, 1}
    expect_all_proposed(machine)


def test_a_narrow_terminal_shows_everything_of_a_path_of_all_kinds(tmp_path: Path) -> None:
    machine = machine_in(tmp_path, files={ODD: FILES["nones.py"]}, name="my repo — ünïcode 文")
    child = machine.terminal("improve", ODD.partition("/")[0], columns=40)
    child.expect(QUESTION)
    shown = visible_lines(child.before or "")
    child.sendline("a")
    assert finish(child) == 0
    assert [line for line in shown if cell_len(line) > 40] == []
    assert "+    return value is None" in "\n".join(shown)
    assert (machine.root / ODD).read_text() == repaired("is_missing")


def test_a_repository_whose_path_is_no_utf8_is_worked_on_like_any_other(tmp_path: Path) -> None:
    machine = machine_in(tmp_path, name=os.fsdecode(b"caf\xe9/\xff"))
    expect_all_proposed(machine)
    child = machine.terminal("review")
    child.expect(QUESTION)
    child.sendline("a")
    child.expect(QUESTION)
    child.sendline("q")
    assert finish(child) == 1
    for code, argv in (
        (1, "check . --format json"),
        (1, "check . --format sarif"),
        (1, "check ."),
        (1, "generate nothing"),
        (0, "metrics"),
        (0, "campaign plan ."),
        (0, "stats"),
        (0, "audit verify"),
        (0, "config show"),
    ):
        end = machine.run(*argv.split())
        assert (end.code, end.sentences) == (code, []), (argv, end.err)


def visible_lines(text: str) -> list[str]:
    """Returns the lines that stay on a terminal: without escapes and what was overwritten."""
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)
    return [line.rstrip("\r").rsplit("\r", 1)[-1] for line in plain.split("\n")]


def test_an_interrupt_ends_with_130_and_the_same_command_carries_on(tmp_path: Path) -> None:
    machine = machine_in(tmp_path, delay_s=0.6)
    process = machine.start(*HEADLESS)
    assert process.stdout is not None
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    end = ended(process)
    assert '"outcome":"proposed"' in first
    expect_sentence(end, "What was recorded is kept; the same command carries on", code=130)
    machine.wait_for_orphans()
    assert machine.leftovers() == []
    asked = Counter(machine.asked)
    again = machine.improve()
    assert (again.code, again.outcomes) == (0, ["proposed", "proposed"]), again.err
    repeated = Counter(machine.asked) - Counter(set(machine.asked))
    assert len({request.rsplit("-", 1)[0] for request in repeated}) <= 1  # one step was under way
    assert all(request in asked and times == 1 for request, times in repeated.items())


def test_two_at_once_on_one_tree_and_journal(tmp_path: Path) -> None:
    machine = machine_in(tmp_path, delay_s=0.1)
    both = [machine.start(*HEADLESS) for _ in range(2)]
    ends = [ended(process) for process in both]
    for end in ends:
        assert (end.code, end.outcomes) == (0, ["proposed", "proposed"]), end.err
    runs = machine.runs()
    assert all(run.waiting is not None for run in runs)
    assert len(runs) == len({run.task.key for run in runs})
    assert machine.audit().problems == ()
    assert machine.leftovers() == []


@pytest.mark.parametrize(
    "closed",
    [
        "<&- >&- 2>&-",
        pytest.param("2>&-", marks=pytest.mark.slow),
        pytest.param(">&-", marks=pytest.mark.slow),
    ],
)
def test_closed_streams_hinder_nothing(tmp_path: Path, closed: str) -> None:
    machine = machine_in(tmp_path, files={"nones.py": FILES["nones.py"]})
    end = machine.improve(narrowed=f'exec "$@" {closed}')
    assert end.code == 0, end.err
    assert len(end.out.splitlines()) == (0 if ">&-" in closed.split() or "<" in closed else 2)
    (run,) = machine.runs()
    assert run.waiting is not None
    assert machine.audit().problems == ()


def test_without_a_person_nothing_is_asked(tmp_path: Path) -> None:
    machine = machine_in(tmp_path, files={"nones.py": FILES["nones.py"]})
    end = machine.run("improve", ".", narrowed='exec "$@" <&-')
    assert end.code == 0, end.err
    assert "playground review" in end.err
    refused = machine.run("review", narrowed='exec "$@" <&-')
    expect_sentence(refused, "needs a person on a terminal", code=1)
