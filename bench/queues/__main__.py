"""Tries work queues on PostgreSQL: what becomes of the jobs of a worker that is killed?

    python3 -m venv trial
    trial/bin/pip install procrastinate==3.10.0 pgqueuer==1.6.0 dbos==3.4.0 'psycopg[binary]==3.3.9'
    trial/bin/python bench/queues [pgqueuer|procrastinate|dbos]…

It makes a PostgreSQL server of its own in a temporary folder and needs `initdb` and `pg_ctl` on the
path or below /usr/lib/postgresql. Each queue gets what its documentation offers against dead
workers, and nothing of ours.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from job import DEAD_AFTER_S, IN_FLIGHT

HERE = Path(__file__).parent
NAMES = ("pgqueuer", "procrastinate", "dbos")


def program(name: str) -> str:
    """Returns the path of one of PostgreSQL's programs."""
    found = shutil.which(name)
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return found or str(places[-1])


@dataclass
class Server:
    """A PostgreSQL server of our own, below `folder`, reached through a socket there."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.chmod(0o711)
        (self.folder / "data").mkdir()
        if os.getuid() == 0:
            shutil.chown(self.folder / "data", "postgres")
            shutil.chown(self.folder, "postgres")
        self._run(program("initdb"), "-D", str(self.folder / "data"), "-U", "trial", "-A", "trust")
        self.start()

    @property
    def dsn(self) -> str:
        return f"postgresql://trial@/postgres?host={self.folder}"

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses="
        log = str(self.folder / "log")
        data = str(self.folder / "data")
        self._run(program("pg_ctl"), "-D", data, "-l", log, "-w", "-o", options, "start")

    def crash(self) -> None:
        self._run(program("pg_ctl"), "-D", str(self.folder / "data"), "-m", "immediate", "stop")

    def _run(self, *argv: str) -> None:
        who = {"user": "postgres"} if os.getuid() == 0 else {}
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, cwd="/", **who)  # type: ignore[call-overload]


@dataclass
class Trial:
    """One engine on one database."""

    engine: str
    dsn: str
    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def _call(self, what: str) -> list[str]:
        return [sys.executable, str(HERE / f"on_{self.engine}.py"), what, self.dsn]

    def start(self) -> subprocess.Popen[bytes]:
        with (self.folder / f"worker-{len(self.workers)}.log").open("wb") as log:
            process = subprocess.Popen(self._call("worker"), stdout=log, stderr=log)
        self.workers.append(process)
        return process

    def revive(self) -> None:
        """Starts as many workers again as have ended, as a supervisor would."""
        for _ in range(2 - sum(process.poll() is None for process in self.workers)):
            self.start()

    def submit(self, count: int, *, sleep_s: float) -> Path:
        log = self.folder / f"jobs-{time.monotonic_ns()}"
        facts = {"log": str(log), "sleep_s": sleep_s}
        jobs = [json.dumps({"id": str(number), **facts}) for number in range(count)]
        subprocess.run(self._call("submit"), input="\n".join(jobs), text=True, check=True)
        return log

    def install(self) -> None:
        subprocess.run(self._call("submit"), input="", text=True, check=True)

    def stop(self) -> None:
        for process in self.workers:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()
        self.workers.clear()


def noted(log: Path) -> Iterator[tuple[str, str, int, float]]:
    if log.exists():
        yield from (tuple(json.loads(line)) for line in log.read_text().splitlines())


def ended(log: Path) -> set[str]:
    return {job for what, job, _, _ in noted(log) if what == "end"}


def wait_until(done: Callable[[], bool], *, within_s: float) -> float:
    """Returns the seconds that it took, or infinity."""
    began = time.monotonic()
    while not done():
        if time.monotonic() - began > within_s:
            return float("inf")
        time.sleep(0.1)
    return time.monotonic() - began


def takeover(trial: Trial, server: Server) -> str:
    """Two workers with full hands; one is killed."""
    del server
    first, _ = trial.start(), trial.start()
    time.sleep(4)
    log = trial.submit(2 * IN_FLIGHT, sleep_s=4)
    wait_until(lambda: len({pid for _, _, pid, _ in noted(log)}) == 2, within_s=20)
    held = {job for what, job, pid, _ in noted(log) if what == "begin" and pid == first.pid}
    held -= ended(log)
    killed = time.time()
    first.kill()

    def again() -> set[str]:
        return {j for w, j, _, at in noted(log) if w == "begin" and at > killed and j in held}

    begun_s = wait_until(lambda: again() == held, within_s=60)
    wait_until(lambda: len(ended(log)) == 2 * IN_FLIGHT, within_s=20)
    runs = Counter(job for what, job, _, _ in noted(log) if what == "end")
    return (
        f"{len(held)} jobs held; all begun again after {begun_s:.1f} s; "
        f"{len(runs)} of {2 * IN_FLIGHT} ended, {sum(n > 1 for n in runs.values())} twice"
    )


def zombie(trial: Trial, server: Server) -> str:
    """A worker is stopped for longer than it may be silent, and goes on."""
    del server
    first, _ = trial.start(), trial.start()
    time.sleep(4)
    log = trial.submit(2 * IN_FLIGHT, sleep_s=3)
    wait_until(lambda: len({pid for _, _, pid, _ in noted(log)}) == 2, within_s=20)
    first.send_signal(signal.SIGSTOP)
    time.sleep(DEAD_AFTER_S * 3)
    first.send_signal(signal.SIGCONT)
    after_s = wait_until(lambda: len(ended(log)) == 2 * IN_FLIGHT, within_s=60)
    time.sleep(5)
    runs = Counter(job for what, job, _, _ in noted(log) if what == "end")
    more = trial.submit(IN_FLIGHT, sleep_s=0.1)
    wait_until(lambda: len(ended(more)) == IN_FLIGHT, within_s=20)
    return (
        f"{len(runs)} of {2 * IN_FLIGHT} ended {after_s:.1f} s after it went on, "
        f"{sum(n > 1 for n in runs.values())} of them twice; "
        f"new jobs: {len(ended(more))} of {IN_FLIGHT}"
    )


def outage(trial: Trial, server: Server) -> str:
    """The database crashes twice under load; workers that end are started again."""
    trial.start(), trial.start()
    time.sleep(4)
    log = trial.submit(80, sleep_s=0.5)
    for _ in range(2):
        time.sleep(1.5)
        server.crash()
        time.sleep(2)
        server.start()

    def done() -> bool:
        trial.revive()
        return len(ended(log)) == 80

    after_s = wait_until(done, within_s=60)
    dead = sum(process.poll() is not None for process in trial.workers)
    runs = Counter(job for what, job, _, _ in noted(log) if what == "end")
    return (
        f"{len(runs)} of 80 ended ({after_s:.1f} s after the second start), "
        f"{sum(n > 1 for n in runs.values())} twice, {dead} workers ended and were started again"
    )


def throughput(trial: Trial, server: Server) -> str:
    """2,000 jobs that do nothing, with one worker and with two."""
    del server
    return "; ".join(_rate(trial, workers=count) for count in (1, 2))


def _rate(trial: Trial, *, workers: int, jobs: int = 2000) -> str:
    began = time.monotonic()
    log = trial.submit(jobs, sleep_s=0)
    submitted_s = time.monotonic() - began
    for _ in range(workers):
        trial.start()
    wait_until(lambda: len(ended(log)) == jobs, within_s=300)
    trial.stop()
    times = [at for _, _, _, at in noted(log)]
    rate = len(ended(log)) / (max(times) - min(times))
    return f"{workers}: {rate:.0f} jobs/s (submitted in {submitted_s:.1f} s)"


TRIED = {"takeover": takeover, "zombie": zombie, "outage": outage, "throughput": throughput}


@contextmanager
def server_of_our_own() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="queues-"))
    server = Server(folder)
    try:
        yield server
    finally:
        server.crash()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    names = sys.argv[1:] or list(NAMES)
    for name in names:
        for what, look in TRIED.items():
            with server_of_our_own() as server, tempfile.TemporaryDirectory() as folder:
                trial = Trial(name, server.dsn, Path(folder))
                try:
                    trial.install()
                    print(f"| {name} | {what} | {look(trial, server)} |", flush=True)
                finally:
                    trial.stop()


if __name__ == "__main__":
    main()
