from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from platformdirs import user_config_path, user_data_path

TESTS = Path(__file__).resolve().parents[1]

SAMPLE = """
import pytest

def test_skipped():
    pytest.skip("no GPU")

def test_listed():
    pytest.skip("no Mac")

@pytest.mark.xfail(reason="known", strict=True)
def test_expected_failure():
    assert False
"""


@pytest.mark.parametrize("host", ["192.0.2.1", "example.invalid", "2001:db8::1"])
def test_no_name_is_looked_up(host: str) -> None:
    with pytest.raises(RuntimeError, match="may only reach loopback"):
        socket.getaddrinfo(host, 80)


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "2001:db8::1"])
def test_no_way_out(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.socket(family) as stream,
        pytest.raises(RuntimeError, match="may only reach loopback"),
    ):
        stream.connect_ex((host, 80))
    with (
        socket.socket(family, socket.SOCK_DGRAM) as datagrams,
        pytest.raises(RuntimeError, match="may only reach loopback"),
    ):
        datagrams.sendto(b"x", (host, 53))


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("localhost", port), timeout=5):
            pass


def test_unix_sockets_are_open(tmp_path: Path) -> None:
    place = os.path.relpath(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(place if len(place) < 100 else str(tmp_path / "s"))
        server.listen()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(server.getsockname())


def test_home_is_empty_and_private(private_home: Path) -> None:
    assert Path.home() == private_home
    assert user_config_path("playground").is_relative_to(private_home)
    assert user_data_path("playground").is_relative_to(private_home)
    assert not any(private_home.iterdir())


def test_model_cache_is_the_real_one(model_cache: Path, private_home: Path) -> None:
    assert not model_cache.is_relative_to(private_home)


@given(st.integers())
def test_property_tests_live_with_the_fixtures(number: int) -> None:
    assert number + 0 == number


def run_sample(folder: Path, *, ci: str) -> str:
    """Runs a small suite under our conftest and returns pytest's closing line."""
    shutil.copy(TESTS / "conftest.py", folder)
    (folder / "allowed_skips.txt").write_text("*::test_listed : needs a Mac\n")
    (folder / "test_sample.py").write_text(SAMPLE)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".", "."],
        cwd=folder,
        env={"CI": ci, "PATH": os.defpath, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.slow
def test_unlisted_skips_fail_in_ci(tmp_path: Path) -> None:
    assert "1 failed, 1 skipped, 1 xfailed" in run_sample(tmp_path, ci="true")


def test_skips_are_fine_at_home(tmp_path: Path) -> None:
    assert "2 skipped, 1 xfailed" in run_sample(tmp_path, ci="")


def test_skips_are_listed_with_a_reason() -> None:
    lines = (TESTS / "allowed_skips.txt").read_text("utf-8").splitlines()
    listed = [line for line in lines if line.strip() and not line.startswith("#")]
    assert all(line.partition(" : ")[2].strip() for line in listed)
