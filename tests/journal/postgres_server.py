"""A real PostgreSQL server for tests, on a unix socket in a private folder.

Tests that use it belong to the xdist group `postgres`, so that one process starts one server. The
conftest.py of their folder has a fixture that returns `running(pytestconfig)`.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from pg8000.exceptions import DatabaseError

from playground.journal.server.address import Address
from playground.journal.server.session import Session
from playground.journal.server.trouble import Lost

GROUP = pytest.mark.xdist_group("postgres")
VERSION_MIN = 15
STARTS_WITHIN_S = 120.0
TRIMMED = {
    "max_connections": "60",
    "shared_buffers": "16MB",
    "autovacuum": "off",
    "jit": "off",
    "max_wal_size": "256MB",
}
CARELESS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "local"}


def folder_of_programs() -> Path | None:
    """Returns where the newest server of a usable version is installed, None for nowhere.

    The environment variable `POSTGRES_PROGRAMS` names another folder of `postgres` and `initdb`.
    """
    if chosen := os.environ.get("POSTGRES_PROGRAMS"):
        return Path(chosen)
    found = {
        int(path.parts[-3]): path.parent
        for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")
        if path.parts[-3].isdigit()
    }
    if max(found, default=0) >= VERSION_MIN:
        return found[max(found)]
    named = shutil.which("postgres")
    return Path(named).resolve().parent if named else None


def free_port(address: str) -> int:
    """Returns a port that nobody listens at now."""
    with socket.socket() as plug:
        plug.bind((address, 0))
        return int(plug.getsockname()[1])


class Server:
    """One server with a database `play`, owned by the user `play`.

    Args:
        careful: whether it flushes what it commits, as a real one does.
        listen: addresses of this machine, with commas between them, at which it listens too and
            believes everybody.
    """

    def __init__(self, *, careful: bool = False, listen: str = "") -> None:
        programs = folder_of_programs()
        if programs is None:
            pytest.skip(f"needs the programs of PostgreSQL {VERSION_MIN} or newer")
        self._programs = programs
        self._settings = (TRIMMED if careful else TRIMMED | CARELESS) | {"listen_addresses": listen}
        self._process: subprocess.Popen[bytes] | None = None
        self._listen = listen
        self.port = 5432  # in a folder of its own nobody else has it
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self._as_server: list[str] = []
        if os.getuid() == 0:
            user = pwd.getpwnam("nobody")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            ids = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
            self._as_server = ["setpriv", *ids]
        try:
            made = ["--username=play", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
            self._run("initdb", "-D", str(self.data), *made)
            if listen:
                with (self.data / "pg_hba.conf").open("a") as rules:
                    rules.write("host all all samenet trust\n")
            self.start()
            session = self.session("postgres")
            session.tell("CREATE DATABASE play")
            session.close()
        except BaseException:
            self.close()
            raise

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return f"postgresql://play@/play?host={self.folder}&port={self.port}"

    def address(self, database: str = "play") -> Address:
        return Address(str(self.folder), self.port, database, "play", "", "disable", "")

    def session(self, database: str = "play") -> Session:
        return Session(self.address(database))

    def start(self) -> None:
        """Starts it and waits until it answers."""
        for tries_left in (2, 1, 0):
            if self._listen:
                self.port = free_port(self._listen.partition(",")[0])
            if self._started():
                return
            if not self._listen or not tries_left:  # else another took the port meanwhile
                raise AssertionError((self.folder / "log").read_text()[-2000:])

    def _started(self) -> bool:
        settings = [f"-c{n}={v}" for n, v in (self._settings | {"port": str(self.port)}).items()]
        # it dies with the test process, whatever happens to that
        dying = ["--pdeathsig", "INT"] if sys.platform == "linux" else []
        before = [*self._as_server, *dying] if self._as_server else (dying and ["setpriv", *dying])
        place = ["-D", self.data, "-k", self.folder]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*before, self._programs / "postgres", *place, *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
            )
        until = time.monotonic() + STARTS_WITHIN_S
        while self._process.poll() is None and time.monotonic() < until:
            try:
                self.session("postgres").close()
            except (Lost, DatabaseError):
                time.sleep(0.02)
            else:
                return True
        self.stop("immediate")
        return False

    def stop(self, mode: str = "fast") -> None:
        """Stops it: "fast" ends sessions, "immediate" crashes."""
        if self._process is not None:
            with contextlib.suppress(subprocess.CalledProcessError):
                self._run("pg_ctl", "stop", "-D", str(self.data), "-m", mode, "-w")
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def restart(self, *, rules: str, **settings: str) -> None:
        """Starts it with other rules about who may log in, and more settings."""
        self.stop()
        (self.data / "pg_hba.conf").write_text(rules)
        self._settings = self._settings | settings
        self.start()

    def given(self, path: Path) -> str:
        """Returns where a copy of a file lies that the server alone may read."""
        copy = self.folder / path.name
        copy.write_bytes(path.read_bytes())
        copy.chmod(0o600)
        owner = self.folder.stat()
        os.chown(copy, owner.st_uid, owner.st_gid)
        return str(copy)

    def emptied(self) -> Address:
        """Returns the database without any table in it."""
        with contextlib.closing(self.session()) as session:
            session.tell("DROP SCHEMA IF EXISTS playground CASCADE")
        return self.address()

    def close(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [*self._as_server, self._programs / program, *arguments],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd="/",
        )


_RUNNING = pytest.StashKey[Server]()


def running(config: pytest.Config) -> Server:
    """Returns the one server of this process, started at first use and stopped at the end."""
    if _RUNNING not in config.stash:
        server = config.stash[_RUNNING] = Server()
        config.add_cleanup(server.close)
    return config.stash[_RUNNING]
