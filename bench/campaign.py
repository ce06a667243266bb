#!/usr/bin/env python3
"""How many runs a campaign gets through in a second where model and analyzers cost nothing.

bench/campaign.py                     1,000 findings, two runs side by side
bench/campaign.py --findings 10000 --parallel 4

Everything is the product's own but the engine, the gate and the memory, which are the fakes of
`playground.testing`: what is left is orchestration, the journal (SQLite on a disk, flushed at every
event) and the campaign. Prints JSON: runs a second, milliseconds of wall and of processor time for
each run, bytes of the journal for each run, and what loading the campaign's events takes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "campaigns"))

from campaign_world import CampaignWorld, module

from playground.campaigns.session import Pace
from playground.campaigns.state import Stage, folded
from playground.domain.campaigns import Bounds
from playground.journal.sqlite import SqliteJournal
from playground.testing.workspace import FakeWorkspace

PER_FILE = 5


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--findings", type=int, default=1_000)
    parser.add_argument("--parallel", type=int, default=2)
    given = parser.parse_args()
    count: int = given.findings
    files = {
        f"f{number:05d}.py": module(*(f"g{n}" for n in range(PER_FILE)))
        for number in range(count // PER_FILE)
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        journal = SqliteJournal(path)
        world = CampaignWorld(journal, FakeWorkspace(files), list(files))
        bounds = Bounds(parallel_max=given.parallel, waiting_max=10 * count)
        campaign = world.opened(bounds)
        wall, cpu = time.monotonic(), time.process_time()
        world.session(campaign, Pace()).run()
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        reading = time.monotonic()
        now = folded(campaign.id, journal.campaign_events(campaign.id))
        reading = time.monotonic() - reading
        done = now.count(Stage.WAITING)
        assert done == count, (done, count)
        size = sum(file.stat().st_size for file in Path(folder).glob("journal.sqlite*"))
        problems = journal.verify().problems
        journal.close()
    result = {
        "findings": count,
        "parallel": given.parallel,
        "runs_per_s": round(done / wall, 1),
        "wall_ms_per_run": round(1_000 * wall / done, 2),
        "cpu_ms_per_run": round(1_000 * cpu / done, 2),
        "journal_kb_per_run": round(size / done / 1_000, 1),
        "load_campaign_s": round(reading, 3),
        "problems": len(problems),
        "load_average": os.getloadavg()[0],
    }
    sys.stdout.write(json.dumps(result) + "\n")


main()
