#!/usr/bin/env python3
"""Kills, crashes, stops and cuts off real processes: what is lost, repeated or written twice?

bench/chaos.py                       everything, 30 kills for each line; half an hour
bench/chaos.py --kills 3 --only improve cuts

The real command on small repositories, with the scripted engine. With the journal in a file:
`improve`, campaigns and approvals are killed at random moments and started again. With the journal
on a PostgreSQL server of the bench's own: three workers and the process that hands out are killed,
the server is crashed, workers are stopped for longer than they may be silent, and hosts are cut
off, each in a network namespace of its own (as root). Prints a table in Markdown; its numbers must
be 0 but for the first two columns.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import tempfile
import time
import traceback
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS / "e2e"), str(TESTS / "journal")]

import site_world
import test_campaign_kill
import test_kill
from e2e_world import RUFF_ONLY
from postgres_server import Server
from separate_hosts import NoHosts, hosts

CUTS_S = (0.0, 40.0, 0.0)
SCENARIOS = ("improve", "campaigns", "approvals", "workers", "crashes", "zombies", "cuts")
HEAD = """\
| journal | what is done | times | runs | lost | recorded twice | asked again | written twice |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True)
class Line:
    """A line of the table."""

    journal: str
    what: str
    times: int
    runs: int
    lost: int = 0
    repeated: int = 0
    again: int = 0
    written: int = 0

    def markdown(self) -> str:
        return f"| {' | '.join(str(value) for value in vars(self).values())} |\n"


@dataclass
class Chaos:
    """The scenarios; each is tried in a folder of its own."""

    kills: int
    seed: int
    folder: Path

    def improve(self) -> Line:
        """Also looks that no more calls are made than the kills explain, and at temporary files."""
        tally = test_kill.survive(
            self.folder / "improve", kills=self.kills, seed=self.seed, settings=RUFF_ONLY
        )
        runs = tally.scenarios * test_kill.FINDINGS
        again = tally.repeated_after_record
        return Line("file", "`improve` is killed", tally.kills, runs, tally.lost, 0, again, 0)

    def campaigns(self) -> Line:
        tally = test_campaign_kill.survive(
            self.folder / "campaigns", kills=self.kills, seed=self.seed
        )
        return Line(
            *("file", "`campaign start` is killed"),
            *(tally.kills, tally.runs, tally.lost, tally.repeated, 0, tally.written),
        )

    def approvals(self) -> Line:
        """Raises an error unless each approval is decided once and written once."""
        test_kill.approve_under_fire(
            self.folder / "approvals", kills=self.kills, seed=self.seed, learns=False
        )
        return Line("file", "an approval is killed while it is written", self.kills, self.kills)

    def workers(self) -> Line:
        with closing(Server(careful=True)) as database:
            tally = site_world.survive(
                self.folder / "workers", database, kills=self.kills, seed=self.seed
            )
        return of_sites("a worker of three, or who hands out, is killed", tally)

    def crashes(self) -> Line:
        with closing(Server(careful=True)) as database:
            tally = site_world.survive_crashes(
                self.folder / "crashes", database, crashes=max(1, self.kills // 3), seed=self.seed
            )
        return of_sites("the server crashes while three workers are busy", tally)

    def zombies(self) -> Line:
        with closing(Server(careful=True)) as database:
            tally = site_world.survive_zombies(
                self.folder / "zombies", database, stops=max(1, self.kills // 3), seed=self.seed
            )
        return of_sites("a worker is stopped until others have its runs, and goes on", tally)

    def cuts(self) -> Line:
        with hosts(3) as three:
            listen = ",".join(host.here for host in three)
            tally = site_world.Tally()
            with closing(Server(careful=True, listen=listen)) as database:
                for turn, cut_s in enumerate(CUTS_S):
                    ordered = [*three[turn:], *three[:turn]]
                    place = self.folder / f"cuts{turn}"
                    one = site_world.survive_cuts(
                        place, database, hosts=ordered, cut_s=cut_s, turns=1
                    )
                    for name, amount in vars(one).items():
                        setattr(tally, name, getattr(tally, name) + amount)
        return of_sites("the host of one of three workers is cut off while it works", tally)


def of_sites(what: str, tally: site_world.Tally) -> Line:
    """Returns the line of a tally; problems of the audit count as lost."""
    lost, written = tally.lost + tally.problems, tally.written
    return Line(
        *("PostgreSQL", what, tally.disturbed, tally.runs),
        *(lost, tally.repeated, tally.again, written),
    )


def told(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def main() -> None:
    """Does everything and prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, default=SCENARIOS)
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        chaos = Chaos(given.kills, given.seed, Path(folder))
        scenarios = [getattr(chaos, name) for name in SCENARIOS if name in given.only]
        told(HEAD)
        failed = False
        for scenario in scenarios:
            try:
                with contextlib.redirect_stdout(io.StringIO()):  # the tests' own tables
                    line = scenario()
            except NoHosts as reason:
                told(f"\nHosts are left out: {reason}.\n")
            except (AssertionError, OSError):
                failed = True
                told(f"\n`{scenario.__name__}` failed:\n{traceback.format_exc()}\n")
            else:
                told(line.markdown())
    minutes = (time.monotonic() - began) / 60
    told(f"\n{minutes:.0f} minutes; load at the end {os.getloadavg()[0]:.1f}\n")
    sys.exit(failed)


main()
