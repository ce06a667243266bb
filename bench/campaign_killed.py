#!/usr/bin/env python3
"""A campaign of the real command with the embedded model over a real package, killed twice.

bench/campaign_killed.py                        40 findings of networkx (566 files)
bench/campaign_killed.py --findings 12 --rule B904 --rule SIM115

`campaign plan` first; then `campaign start`, killed with SIGKILL at a third and at two thirds of
the findings, and started again each time until it ends by itself. Prints Markdown: what was
planned and what came of it by rule, what was lost or done twice, and the overhead of each run: from
its claim to its rest, less the steps in which model and analyzers answer; and of what that time is
made: of work, of waiting for a processor while the model uses them, and of waiting for the disk.

The models come from this person's own cache; everything else lies in a folder of its own.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import platformdirs

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "fix_rate")]

from fetching import downloaded
from watched_command import is_answer

from playground.campaigns.state import Campaign, folded
from playground.domain.campaigns import CampaignEvent, ItemClaimed, ItemSettled
from playground.domain.events import ProposalMade
from playground.domain.runs import Run
from playground.journal.sqlite import SqliteJournal

PACKAGE = "networkx"
SHA256 = "df5d4365b724cf81b8c6a7312509d0c22386097011ad1abe274afd5e9d3bbc5f"
KILLS = 2
PATIENT = (
    *("--set", "model.request_deadline_s=1800", "--set", "cycles.wall_s_max=3600"),
    *("--set", "tools.timeout_s=600", "--set", "model.requests_per_minute=6000"),
)


@dataclass
class Place:
    """The folders of one measurement."""

    folder: Path

    @property
    def root(self) -> Path:
        """The package."""
        return self.folder / PACKAGE

    @property
    def watched(self) -> Path:
        """What the command writes down about its runs."""
        return self.folder / "watched.jsonl"

    def prepare(self) -> None:
        """Unpacks the package, and lends the models that are here already."""
        with zipfile.ZipFile(io.BytesIO(downloaded(PACKAGE, sha256=SHA256))) as wheel:
            wheel.extractall(self.folder, [n for n in wheel.namelist() if n.endswith(".py")])
        cache = self.folder / "cache" / "playground"
        cache.mkdir(parents=True)
        (cache / "models").symlink_to(platformdirs.user_cache_path("playground") / "models")

    def start(self, *argv: str) -> subprocess.Popen[str]:
        """Starts the command in the package."""
        places = {
            f"XDG_{name.upper()}_HOME": str(self.folder / name)
            for name in ("config", "data", "cache", "state")
        }
        kept = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(self.folder)}
        return subprocess.Popen(
            [sys.executable, HERE / "watched_command.py", self.watched, *argv, *PATIENT],
            cwd=self.root,
            env={**kept, **places},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def journal(self) -> SqliteJournal:
        """Opens the journal."""
        return SqliteJournal(self.folder / "state" / "playground" / "journal.sqlite")

    def settled(self) -> int:
        """Returns how many items came to rest."""
        return sum(isinstance(event, ItemSettled) for event in self.events())

    def events(self) -> list[CampaignEvent]:
        """Returns the campaign's events, none before there is one."""
        if not (self.folder / "state" / "playground" / "journal.sqlite").exists():
            return []
        journal = self.journal()
        try:
            known = journal.campaigns()
            return journal.campaign_events(known[-1]) if known else []
        finally:
            journal.close()


def worked(place: Place, argv: list[str], *, findings: int) -> list[float]:
    """Runs the campaign to its end; returns the wall seconds of each process."""
    took: list[float] = []
    for part in range(1, KILLS + 1):
        began, process = time.monotonic(), place.start("campaign", "start", ".", *argv)
        while place.settled() < findings * part // (KILLS + 1) and process.poll() is None:
            time.sleep(0.5)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        took.append(time.monotonic() - began)
    began, process = time.monotonic(), place.start("campaign", "start", ".", *argv)
    process.communicate()
    return [*took, time.monotonic() - began]


def table(campaign: Campaign) -> list[str]:
    """Returns what was planned and what came of it, by rule."""
    rules: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for work in campaign.works.values():
        rule = rules[work.item.finding.rule]
        rule["planned"] += 1
        rule[work.outcome or "not tried"] += 1
        rule["tokens"] += work.usage.total
        rule["estimated"] += round(work.item.estimate.tokens)
        rule["seconds"] += round(work.seconds)
    outcomes = sorted({w.outcome or "not tried" for w in campaign.works.values()})
    columns = ["planned", *outcomes, "estimated", "tokens", "seconds"]
    lines = [f"| rule | {' | '.join(columns)} |", "| --- " * (len(columns) + 1) + "|"]
    whole: Counter[str] = Counter()
    for rule, counts in sorted(rules.items(), key=lambda pair: (-pair[1]["planned"], pair[0])):
        lines.append(f"| {rule} | {' | '.join(str(counts[c]) for c in columns)} |")
        whole.update(counts)
    return [*lines, f"| all | {' | '.join(str(whole[c]) for c in columns)} |"]


def overheads_ms(runs: list[Run], events: list[CampaignEvent]) -> list[float]:
    """Returns the wall time from claim to rest less that of the steps where others answer.

    Items that a kill hit were claimed twice; they are left out.
    """
    claims = Counter(e.number for e in events if isinstance(e, ItemClaimed))
    began = {e.number: e.at for e in events if isinstance(e, ItemClaimed)}
    known = {run.id: run for run in runs}
    found: list[float] = []
    for event in events:
        if not isinstance(event, ItemSettled) or claims[event.number] != 1:
            continue
        steps = known[event.run_id].events
        answered = sum(e.seconds for e in steps if is_answer(e))
        found.append(1000 * (event.at - began[event.number] - answered))
    return found


def made_of(watched: Path) -> list[str]:
    """Returns what the time of runs beside model and analyzers is made of.

    Args:
        watched: what `watched_command` wrote.
    """
    lines = [json.loads(line) for line in watched.read_text(encoding="ascii").splitlines()]
    runs = [line["run"] for line in lines]
    if not runs:
        return []

    def middle(values: list[float]) -> str:
        return f"{median(values):.1f} ms"

    wall, cpu, delay = ([run[f"{name}_ms"] for run in runs] for name in ("wall", "cpu", "delay"))
    rest = [run["wall_ms"] - run["cpu_ms"] - run["delay_ms"] for run in runs]
    parts = f"work {middle(cpu)}, waiting for a processor {middle(delay)}"
    told = [f"of it in the run's own thread: median {middle(wall)}: {parts}, other {middle(rest)}"]
    steps = [
        {name: after["session"][name] - before["session"][name] for name in before["session"]}
        for before, after in pairwise(lines)
        if after["session"]["cpu_ms"] >= before["session"]["cpu_ms"]  # no other process since
    ]
    if steps:
        work = middle([step["cpu_ms"] for step in steps])
        waits = middle([step["delay_ms"] for step in steps])
        told.append(f"in the session's thread for each run: work {work}, waiting {waits}")
    return told


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--findings", type=int, default=40)
    parser.add_argument("--rule", action="append", default=[])
    parser.add_argument("--keep", type=Path, help="folder to work in; kept afterwards")
    given = parser.parse_args()
    folder = given.keep or Path(tempfile.mkdtemp(prefix="campaign-"))
    place = Place(folder)
    place.prepare()
    scope = [word for rule in given.rule for word in ("--rule", rule)]
    began = time.monotonic()
    out, _ = place.start("campaign", "plan", ".", "--format", "json", *scope).communicate()
    planning_s = time.monotonic() - began
    whole = json.loads(out.splitlines()[-1])
    took = worked(place, ["--max", str(given.findings), *scope], findings=given.findings)
    events = place.events()
    journal = place.journal()
    campaign, runs = folded("bench", events), journal.runs()
    problems = journal.verify().problems
    journal.close()
    keys = Counter(run.task.key for run in runs)
    made = Counter(run.id for run in runs for e in run.events if isinstance(e, ProposalMade))
    overhead = sorted(overheads_ms(runs, events))
    tried = len(campaign.works)
    files = len(list(place.root.rglob("*.py")))
    processes = ", ".join(f"{s:.0f}" for s in took)
    beside = f"median {median(overhead):.1f} ms, largest {overhead[-1]:.1f} ms"
    lines = [
        f"{files} files; plan of everything: {whole}",
        f"planning {planning_s:.0f} s; load {os.getloadavg()[0]:.1f}",
        f"processes {processes} s, the first {KILLS} killed",
        f"items {tried}, runs {len(runs)}, without a run {tried - len(keys)}",
        f"runs for one task twice {sum(n - 1 for n in keys.values())}",
        f"proposals twice {sum(n - 1 for n in made.values())}, audit problems {len(problems)}",
        f"overhead of {len(overhead)} runs besides generating and testing: {beside}",
        *made_of(place.watched),
        "",
        *table(campaign),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    if given.keep is None:
        shutil.rmtree(folder)


main()
