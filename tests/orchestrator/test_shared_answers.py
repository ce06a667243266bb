"""Arms of a trial that share recorded answers come to what they come to with an engine each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field, replace

from worlds import CODE, FINDING, World, approved

from playground.domain.candidates import Candidate
from playground.domain.events import CandidateGenerated, MemoryRecalled
from playground.domain.ports import Engine, GenerationRequest
from playground.domain.runs import Run
from playground.domain.tasks import Policy, Source
from playground.orchestrator.desk import DecidingDesk
from playground.testing.engine import FakeEngine
from playground.testing.gate import FakeGate
from playground.testing.recorded import RecordedEngine, Recording
from playground.testing.workspace import FakeWorkspace

FINDINGS = 12
WITH_RECIPES = (Source.TOOL, Source.RECIPE, Source.ENGINE, Source.SAMPLES)
WITHOUT = (Source.TOOL, Source.ENGINE, Source.SAMPLES)
ARMS = {
    "none": Policy(samples=3, examples_max=0, sources=WITHOUT),
    "recall": Policy(samples=3, examples_max=2, sources=WITHOUT),
    "recipes": Policy(samples=3, examples_max=2, sources=WITH_RECIPES),
}


def _answer(request: GenerationRequest) -> str:
    """Answers as a model does: another question or seed may bring anything, the same one never."""
    asked = f"{request.messages}{request.seed}{request.temperature}"
    name = request.messages[1].content.rpartition("def ")[2].partition("(")[0]
    good = hashlib.sha256(asked.encode()).digest()[0] % 3 == 0
    body = f"sum(prices or [{len(asked)}])" if good else "0"
    code = f"def {name}(prices=None):\n    # adds up\n    return {body}\n"
    return f"Change: it\n\n```python\n{code}```\n"


@dataclass
class ArmWorld(World):
    engine_made: Callable[[], Engine] = field(default=lambda: FakeEngine(_answer))

    def __post_init__(self) -> None:
        super().__post_init__()
        self.files = {f"f{n}.py": CODE.replace("total", f"total{n}") for n in range(FINDINGS)}
        self.workspace = FakeWorkspace(self.files)
        self.gate = FakeGate(self.judge, workspace=self.workspace)
        self.asked = self.engine_made()
        self.desk = self.new_desk(DecidingDesk)

    def judge(self, after: object) -> str:
        return "" if "prices or [" in str(after) else "B006 is still there."

    def engine_for(self, name: str) -> Engine:
        del name
        return self.asked

    def work(self, number: int) -> Run:
        finding = replace(
            FINDING,
            path=f"f{number}.py",
            symbol=f"total{number}",
            line_text=f"def total{number}(prices=[]):",
        )
        run_id = self.desk.submit(self.task(finding), run_id=f"bench{number:07}")
        run = self.desk.advance(run_id)
        return self.desk.decide(run_id, decision=approved(run)) if run.waiting else run


def _told(run: Run) -> list[object]:
    """Returns all that happened in a run, but for the time that it took."""
    told: list[object] = []
    for event in run.events:
        match event:
            case CandidateGenerated(drafts=drafts):
                told += [
                    (one.id if isinstance(one, Candidate) else one.code,
                     replace(one.provenance, seconds=0.0))
                    for one in drafts
                ]  # fmt: skip
            case MemoryRecalled(recalled=recalled):
                told.append(tuple((one.episode.id, one.episode.after) for one in recalled))
            case _:
                told.append(type(event).__name__)
    return told


def _stream(engine_for: Callable[[], Engine]) -> dict[str, list[list[object]]]:
    worlds = {name: ArmWorld(policy=p, engine_made=engine_for) for name, p in ARMS.items()}
    told: dict[str, list[list[object]]] = {name: [] for name in ARMS}
    for number in range(FINDINGS):
        for name, world in worlds.items():
            told[name].append(_told(world.work(number)))
    return told


def test_arms_that_share_answers_come_to_the_same_as_arms_that_do_not() -> None:
    apart = _stream(lambda: FakeEngine(_answer))
    known: MutableMapping[str, Recording] = {}
    inside = FakeEngine(_answer)
    shared = _stream(lambda: RecordedEngine(inside, known=known))
    assert shared == apart

    drafts = repr(apart).count("prompt_digest='")
    assert len(inside.asked) == len(known) < drafts - repr(apart).count("prompt_digest=''")
    # They do differ, from the first episode that memory recalled on, and not before.
    assert apart["none"] != apart["recall"]
    first = next(n for n, run in enumerate(apart["recall"]) if run[1])
    assert [r[2:] for r in apart["none"][:first]] == [r[2:] for r in apart["recall"][:first]]
