"""What holds for every test: no network but loopback, no file of the person, no silent skip."""

from __future__ import annotations

import fnmatch
import gc
import ipaddress
import itertools
import os
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from functools import cached_property
from pathlib import Path
from typing import cast

import pytest
from hypothesis import settings
from platformdirs import user_cache_path
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

TESTS = Path(__file__).resolve().parent
ALLOWED_SKIPS = TESTS / "allowed_skips.txt"
MODEL_CACHE = user_cache_path("playground", appauthor=False) / "models"  # HOME is not moved yet
HOMES = {
    "HOME": "",
    "XDG_CACHE_HOME": "cache",
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "runtime",
}
PERSONAL = ("PLAYGROUND__", "OPENAI_", "HF_", "XDG_CONFIG_DIRS", "XDG_DATA_DIRS")

# Thousands of folders that hold no tests.
collect_ignore = ["cases"]

# Support modules of a test folder are imported by their bare name, from any way of starting.
sys.path += [str(p) for p in sorted(TESTS.iterdir()) if p.is_dir() and p.name != "cases"]

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

# A property is tried with more examples where nobody waits for the answer.
settings.register_profile(
    "playground",
    deadline=None,
    database=None,
    print_blob=True,
    max_examples=100 if IN_CI else 25,
)
settings.load_profile("playground")

SMALL_FILE_TESTS = 12

# Thousands of tests and parsed sources stay until the end: looking through them again and again
# for garbage takes a tenth of the time.
gc.set_threshold(200_000, 20, 20)


class NetworkRefused(RuntimeError):
    """A test tried to reach something beyond this machine."""


class NetworkGuard:
    """Refuses every socket call that leaves the machine, however it was made.

    It listens to the interpreter's own audit events, so neither a saved reference to a function
    nor a library written in C that calls through `socket` gets past it.
    """

    def __init__(self) -> None:
        self.closed = False

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Hears an audit event.

        Raises:
            NetworkRefused: the event is a call to a foreign host.
        """
        if not self.closed or not event.startswith("socket."):
            return
        if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
            host = host_of(arguments[1])
        elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
            host = arguments[0]
        else:
            return
        if not is_local(host):
            raise NetworkRefused(f"a test may only reach loopback, not {host!r}: use a fake")


def host_of(address: object) -> object:
    """Returns the host of an internet address; None for a unix socket's or no address."""
    return cast("tuple[object, ...]", address)[0] if isinstance(address, tuple) else None


def is_local(host: object) -> bool:
    """True for no host at all and for every name and address of loopback."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if text is None or text in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(text).partition("%")[0]).is_loopback
    except ValueError:
        return False


GUARD = NetworkGuard()
sys.addaudithook(GUARD)


@pytest.fixture(autouse=True)
def only_loopback(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keeps the guard closed; only a test marked both slow and enable_socket may go out."""
    marked = {mark.name for mark in request.node.iter_markers()}
    GUARD.closed = not {"slow", "enable_socket"} <= marked
    yield
    GUARD.closed = False


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Places for homes, each given once."""
    folder = tmp_path_factory.mktemp("home")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def private_home(homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gives each test an empty home and none of the person's own settings."""
    home = next(homes)
    home.mkdir(mode=0o700)
    for name in list(os.environ):
        if name.startswith(PERSONAL):
            monkeypatch.delenv(name)
    for name, folder in HOMES.items():
        monkeypatch.setenv(name, str(home / folder))
    return home


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """The person's real model store, so that slow tests need not fetch a model each."""
    return MODEL_CACHE


class WholeFiles(LoadGroupScheduling):
    """Gives files of many tests whole to a worker, so that what those share is made once.

    With test after test on the next free worker each worker would make it, and finding that
    worker would take time that grows with the square of the number of tests. What has most tests
    comes first; the tests of small files come last, one by one, and end at the same time.
    """

    @cached_property
    def _tests_by_file(self) -> Counter[str]:
        collected = next(iter(self.registered_collections.values()))
        return Counter(nodeid.partition("::")[0] for nodeid in collected)

    def _split_scope(self, nodeid: str) -> str:
        """Returns the group of a test that has one, else its file, or itself in a small file."""
        scope = super()._split_scope(nodeid)
        file = nodeid.partition("::")[0]
        return file if scope == nodeid and self._tests_by_file[file] > SMALL_FILE_TESTS else scope


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> WholeFiles | None:
    """Keeps files whole where all quick tests are run; few or long tests are better spread."""
    whole = config.option.markexpr == "not slow" and not config.option.file_or_dir
    return WholeFiles(config, log) if whole else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts slow tests last, so that a run of all tests fails early."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


def pytest_collection_finish() -> None:
    """Takes what was collected out of the collector's sight."""
    gc.collect()
    gc.freeze()


def allowed_skips(text: str) -> dict[str, str]:
    """Reads the list of skips.

    Returns:
        Reason by pattern of node ids.

    Raises:
        ValueError: a line has no reason.
    """
    allowed: dict[str, str] = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        pattern, found, reason = line.partition(" : ")
        if not found or not reason.strip():
            raise ValueError(f"give a reason after ' : ' for the skip {line!r}")
        allowed[pattern.strip()] = reason.strip()
    return allowed


def forbidden_skip(nodeid: str, *, allowed: dict[str, str]) -> bool:
    """True when a skip of this test must count as a failure in CI."""
    return not any(fnmatch.fnmatchcase(nodeid, pattern) for pattern in allowed)


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turns an unlisted skip into a failure that says how to list it."""
    if not IN_CI or not report.skipped or hasattr(report, "wasxfail"):
        return
    allowed = allowed_skips(ALLOWED_SKIPS.read_text("utf-8"))
    if forbidden_skip(report.nodeid, allowed=allowed):
        report.outcome = "failed"
        report.longrepr = (
            f"{report.nodeid} was skipped in CI: make it run, or list it with a reason in "
            f"{ALLOWED_SKIPS.name}; it said {report.longrepr}"
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Looks at each test's report."""
    report = yield
    refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Looks at each module's report, where a whole module may be skipped."""
    report = yield
    refuse_skip(report)
    return report
