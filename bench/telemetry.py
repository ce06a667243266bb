#!/usr/bin/env python3
"""Sends the telemetry of the real command through a collector, and looks at what comes out.

bench/telemetry.py --collector PATH      PATH is `rotel-agent`, as the wheel `rotel` of PyPI has it
bench/telemetry.py                       without a collector: straight into the receiver

The real command repairs a small repository with the scripted engine. What it sends goes to the
collector over HTTP, from there to a receiver that decodes the protocol buffers. Prints JSON: spans
and metrics with their units, names of attributes, and what must be nothing: spans without a root,
requests that could not be read, numbers that differ from the journal's, and words of code or paths.
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS / "e2e"), str(TESTS / "telemetry")]

from e2e_world import FILES, RUFF_ONLY, Machine
from otlp_receiver import Receiver, attributes, receiving

from playground.domain.events import CandidateGenerated

WITHIN_S = 60.0


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.05)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        return int(plug.getsockname()[1])


@contextmanager
def collecting(program: Path, receiver: Receiver, folder: Path) -> Generator[str]:
    """Runs the collector between the product and the receiver; yields its address."""
    http, grpc = free_port(), free_port()
    argv = [
        *(program, "start", "--otlp-http-endpoint", f"127.0.0.1:{http}"),
        *("--otlp-grpc-endpoint", f"127.0.0.1:{grpc}", "--pid-file", folder / "pid"),
        *("--exporter", "otlp", "--otlp-exporter-endpoint", receiver.endpoint),
        *("--otlp-exporter-protocol", "http", "--batch-timeout", "200ms"),
    ]
    with (folder / "collector.log").open("wb") as log:
        process = subprocess.Popen([str(word) for word in argv], stdout=log, stderr=log)
    try:
        until(lambda: listens(http))
        yield f"http://127.0.0.1:{http}"
    finally:
        process.send_signal(signal.SIGTERM)  # it sends what it holds
        process.wait(WITHIN_S)


def worked(machine: Machine, endpoint: str) -> None:
    machine.prepare(settings={**RUFF_ONLY, "telemetry": {"endpoint": endpoint}})
    end = machine.improve()
    assert end.code == 0, end.err


def _kind(name: str, recorded: Counter[str]) -> str:
    return name if name in recorded else f"{name.partition(' ')[0]} …"


def seen(receiver: Receiver, machine: Machine) -> dict[str, object]:
    """Returns what arrived, and compares it with the journal."""
    runs = machine.runs()
    recorded = Counter(type(event).__name__ for run in runs for event in run.events)
    drafts = [
        draft
        for run in runs
        for event in run.events
        if isinstance(event, CandidateGenerated)
        for draft in event.drafts
        if draft.provenance.model
    ]
    spans = Counter(_kind(span.name, recorded) for span in receiver.spans)
    roots = {span.span_id for span in receiver.spans if not span.parent_span_id}
    newest = receiver.newest()
    prompt = sum(
        point.as_int
        for point in newest["gen_ai.client.inference.usage.input_tokens"].sum.data_points
    )
    text = "\n".join(receiver.texts)
    lines = {line.strip() for code in FILES.values() for line in code.splitlines()}
    words = [*FILES, str(machine.folder), *(line for line in lines if len(line) > 8)]
    return {
        "spans": dict(spans),
        "roots": len(roots),
        "rootless": sum(s.parent_span_id not in roots | {b""} for s in receiver.spans),
        "traces": len({span.trace_id for span in receiver.spans}),
        "runs": len(runs),
        "attributes": sorted({k for s in receiver.spans for k in attributes(list(s.attributes))}),
        "metrics": {name: metric.unit for name, metric in sorted(newest.items())},
        "unread": receiver.problems,
        "missing": {
            name: count - spans[name] for name, count in recorded.items() if count != spans[name]
        },
        "calls_missing": len(drafts) - spans["chat …"],
        "tokens_missing": sum(draft.provenance.usage.prompt for draft in drafts) - prompt,
        "words_told": [word for word in words if word in text],
    }


def main() -> None:
    """Sends, looks and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--collector", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, receiving() as receiver:
        folder = Path(name)
        machine = Machine(folder / "machine")
        if given.collector is None:
            worked(machine, receiver.endpoint)
        else:
            with collecting(given.collector, receiver, folder) as endpoint:
                worked(machine, endpoint)
            sys.stderr.write((folder / "collector.log").read_text()[-2000:])
        sys.stdout.write(json.dumps(seen(receiver, machine), indent=2) + "\n")


main()
