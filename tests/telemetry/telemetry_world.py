"""Events of a run, with words in them that may not leave the machine."""

from __future__ import annotations

from playground.domain.candidates import Cost, Provenance, Refused, Usage
from playground.domain.events import CandidateGenerated, CandidateReflected, TaskOpened
from playground.domain.findings import Finding, Severity, Span
from playground.domain.proposals import Critique
from playground.domain.tasks import Policy, Source, Task, TaskKind

SECRET = "the_persons_own_words"
FINDING = Finding("ruff", "B006", SECRET, f"{SECRET}.py", Span(1, 1, 1, 2), Severity.ERROR)
OPENED = TaskOpened(
    Task(f"/{SECRET}", TaskKind.REPAIR, SECRET, (), finding=FINDING, region_text=SECRET), Policy()
)
MADE = Provenance(
    Source.ENGINE,
    engine="llama_cpp",
    model="qwen",
    usage=Usage(100, 20, 30),
    seconds=2.0,
    cost=Cost("0.5", "USD"),
    seed=7,
)
ASKED = CandidateGenerated(Source.ENGINE, (Refused("malformed", SECRET, MADE, SECRET),), 2.5)
REFLECTED = CandidateReflected(
    Critique("c1", "revise", SECRET, "qwen"), Usage(50, 0, 10), 1.0, "local", Cost("0.25", "USD")
)
