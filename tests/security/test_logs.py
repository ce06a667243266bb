from __future__ import annotations

import json
import logging
import multiprocessing
import os
import stat
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.security.logs import (
    FILE_NAME,
    LogSettings,
    change_level,
    close_logging,
    configure_logging,
    get_logger,
    log_context,
    logging_trouble,
)
from playground.security.scrubbing import Scrubber, is_secret_name

PLANTED = "aB3dE5gH7jK9mN1pQ3sT5uV7wX9yZ1"
KEYS = (
    f"sk-ant-api03-{PLANTED}",
    f"sk-proj-{PLANTED}",
    f"ghp_{PLANTED}aB3dE5",
    f"xoxb-12345678901-{PLANTED}",
    "AKIA" + "QWERTYUIOPASDFGH"[:16],
)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "state" / "log"
    close_logging()


def lines(folder: Path) -> list[dict[str, object]]:
    texts = (folder / FILE_NAME).read_text().splitlines()
    return [cast("dict[str, object]", json.loads(text)) for text in texts]


def test_one_json_object_a_line(folder: Path) -> None:
    configure_logging(LogSettings(folder))
    log = get_logger("engines")
    with log_context(run="r1"):
        log.info("engine started", model="m", tokens=3, seconds=0.5, path=Path("/x"))
    log.bind(step="test").warning("two\nlines", nothing=None)
    first, second = lines(folder)
    at = datetime.fromisoformat(str(first.pop("ts")))
    assert at.utcoffset() == timedelta(0)
    assert first == {
        "level": "info",
        "event": "engine started",
        "run": "r1",
        "logger": "engines",
        "model": "m",
        "tokens": 3,
        "seconds": 0.5,
        "path": "/x",
    }
    assert (second["level"], second["run"], second["step"]) == ("warning", "", "test")
    assert logging_trouble() == ""


def test_files_are_private(folder: Path) -> None:
    configure_logging(LogSettings(folder, file_bytes_max=300, files_max=2))
    for number in range(20):
        get_logger("x").info("filling up", number=number, pad="x" * 50)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = sorted(folder.iterdir())
    assert [f.name for f in files] == [FILE_NAME, f"{FILE_NAME}.1", f"{FILE_NAME}.2"]
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
    assert all(f.stat().st_size <= 300 for f in files)
    numbers = [
        json.loads(line)["number"]
        for file in (files[2], files[1], files[0])
        for line in file.read_text().splitlines()
    ]
    assert numbers == list(range(20 - len(numbers), 20))


def test_levels(folder: Path) -> None:
    configure_logging(LogSettings(folder, level="warning"))
    log = get_logger("x")
    log.info("not this")
    log.error("this")
    change_level("debug")
    log.debug("and this")
    assert [line["event"] for line in lines(folder)] == ["this", "and this"]


def test_before_and_after_nothing_is_written(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = get_logger("x")
    log.error("lost")
    configure_logging(LogSettings(folder))
    close_logging()
    log.error("lost as well")
    change_level("debug")
    log.error("still lost")
    assert lines(folder) == []
    assert capfd.readouterr() == ("", "")


def planted_everywhere(key: str) -> None:
    log = get_logger("x")
    event = f"event with {key}"
    log.info(event, text=f"Authorization: Bearer {key}")
    log.info("nested", a={"b": [{"c": (key, {key}), key: 1}]}, raw=key.encode(), where=Path(key))
    log.info("by name", api_key="x1", headers={"Authorization": "x1", "Set-Cookie": "x1"})
    log.info("url", url="https://someone:hunter2@example.org/x", token="x1", clientSecret=["x1"])
    try:
        int("no number " + key)
    except ValueError:
        log.exception("failed", error=ValueError(key))
    log.error("given", exc_info=OSError(5, key))
    logging.getLogger("library").error("said %s", key)


@pytest.mark.parametrize("key", KEYS)
def test_planted_keys_never_reach_the_file(folder: Path, key: str) -> None:
    configure_logging(LogSettings(folder))
    planted_everywhere(key)
    text = (folder / FILE_NAME).read_text()
    assert len(text.splitlines()) == 7
    assert key not in text
    assert PLANTED not in text
    assert "x1" not in text
    assert "hunter2" not in text
    assert "Traceback" in text


def test_known_secrets_are_hidden_whatever_they_look_like(folder: Path) -> None:
    secret = "plain words as key"
    configure_logging(LogSettings(folder, secrets=frozenset({secret, secret[:11]})))
    planted_everywhere(secret)
    text = (folder / FILE_NAME).read_text()
    assert secret not in text
    assert "plain words" not in text


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "x-api-key",
        "apiKey",
        "accessToken",
        "PASSWORD",
        "password2",
        "proxy_authorization",
        "aws_secret_access_key",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["api_key_env", "prompt_tokens", "tokens_max", "key", "author", "monkey", ""]
)
def test_other_names(name: str) -> None:
    assert not is_secret_name(name)


class Rude:
    def __str__(self) -> str:
        raise RuntimeError("no")


def test_any_value_becomes_a_line(folder: Path) -> None:
    configure_logging(LogSettings(folder))
    endless: list[object] = []
    endless.append(endless)
    get_logger("x").info(
        "odd",
        rude=Rude(),
        endless=endless,
        huge="x" * 1_000_000,
        many=list(range(10_000)),
        surrogate="\ud800",
        integer=10**5000,
        nan=float("nan"),
        keys={1: 2, None: 3},
        ts="mine",
        level="mine",
    )
    (text,) = (folder / FILE_NAME).read_text().splitlines()
    assert len(text) < 20_000
    assert text.isascii()
    assert json.loads(text)["level"] == "info"


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=12), inner, max_size=4),
        st.tuples(inner, inner),
    ),
    max_leaves=12,
)


@given(VALUES)
def test_scrubbing_gives_json_and_never_raises(value: object) -> None:
    json.dumps(Scrubber(frozenset({"0"})).value(value))


def test_libraries_and_warnings_go_to_the_file(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logging(LogSettings(folder))
    logging.getLogger("library").warning("said %s", "something")
    logging.getLogger("library").info("not this")
    warnings.warn("look out", UserWarning, stacklevel=1)
    found = {str(line["logger"]): str(line["event"]) for line in lines(folder)}
    assert found["library"] == "said something"
    assert "look out" in found["py.warnings"]
    assert capfd.readouterr() == ("", "")


def test_an_unusable_folder_breaks_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    configure_logging(LogSettings(tmp_path / "file" / "log"))
    get_logger("x").error("lost")
    assert logging_trouble().startswith("Nothing is logged:")
    assert logging_trouble().endswith(".")
    close_logging()
    assert logging_trouble() == ""
    assert capfd.readouterr() == ("", "")


def test_a_link_or_pipe_in_the_files_place_is_not_written(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    precious = tmp_path / "precious"
    precious.write_text("untouched")
    (folder / FILE_NAME).symlink_to(precious)
    configure_logging(LogSettings(folder))
    get_logger("x").error("lost")
    assert precious.read_text() == "untouched"
    assert logging_trouble()
    close_logging()
    (folder / FILE_NAME).unlink()
    os.mkfifo(folder / FILE_NAME)
    configure_logging(LogSettings(folder))  # must not hang
    get_logger("x").error("lost")
    assert logging_trouble()


FULL_DISK = """
import logging, resource, signal, sys
from pathlib import Path
from playground.security.logs import *
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder = Path(sys.argv[1])
configure_logging(LogSettings(folder))
log = get_logger("x")
log.info("before")
logging.getLogger("library").warning("wrong %d", "arguments")
size = (folder / FILE_NAME).stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 40, resource.RLIM_INFINITY))
log.info("torn")
log.info("lost")
assert "cannot be written" in logging_trouble(), logging_trouble()
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log.info("after")
assert logging_trouble() == "", logging_trouble()
"""


def test_a_full_disk_loses_lines_and_nothing_else(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(folder)], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    first, torn, last = (folder / FILE_NAME).read_text().splitlines()
    assert json.loads(first)["event"] == "before"
    assert json.loads(last)["event"] == "after"
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|Invalid"):
        json.loads(torn)


def test_a_file_that_is_moved_away_is_begun_anew(folder: Path) -> None:
    configure_logging(LogSettings(folder))
    get_logger("x").info("one")
    (folder / FILE_NAME).rename(folder / "moved")
    get_logger("x").info("two")
    assert [line["event"] for line in lines(folder)] == ["two"]


def fill(folder: str, name: str) -> None:
    configure_logging(LogSettings(Path(folder), file_bytes_max=20_000, files_max=50))
    for number in range(300):
        get_logger(name).info("line", number=number)
    close_logging()


def test_processes_and_threads_share_the_files_without_losing_a_line(folder: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=fill, args=(str(folder), f"p{i}")) for i in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    configure_logging(LogSettings(folder, file_bytes_max=20_000, files_max=50))
    threads = [
        threading.Thread(
            target=lambda: [get_logger("t").info("line", number=n) for n in range(100)]
        )
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [
        json.loads(line) for file in folder.iterdir() for line in file.read_text().splitlines()
    ]
    assert len(list(folder.iterdir())) > 3
    assert len(found) == 3 * 300 + 3 * 100
