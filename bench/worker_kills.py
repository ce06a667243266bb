#!/usr/bin/env python3
"""Kills real workers, and the process that hands out, at random moments: what is lost or repeated?

bench/worker_kills.py             30 kills
bench/worker_kills.py --kills 6 --seed 2

Three workers, one on a copy of the repository, a PostgreSQL server of the bench's own in /tmp, the
scripted engine and ruff; campaigns of six findings, as many as are needed. Prints the sums as JSON:
findings without a proposal, proposals recorded twice, files written, and problems of the audit.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS / "e2e"), str(TESTS / "journal")]

from postgres_server import Server
from test_workers import survive


def main() -> None:
    """Kills, looks and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=2)
    given = parser.parse_args()
    database = Server(careful=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            tally = survive(Path(folder), database, kills=given.kills, seed=given.seed)
    finally:
        database.close()
    load = round(os.getloadavg()[0], 1)
    sys.stdout.write(json.dumps({**vars(tally), "load_average": load}) + "\n")


main()
