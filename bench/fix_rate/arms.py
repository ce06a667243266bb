"""The arms: ways to use the product, and the bare prompt that stands for using none of it."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

from measuring import descendants

from playground.app import App, open_app
from playground.domain.candidates import Candidate, Draft, Provenance, Usage
from playground.domain.changes import patch_between
from playground.domain.errors import PlaygroundError
from playground.domain.events import CandidateGenerated, CandidateTested
from playground.domain.ports import Finish, GenerationRequest, Message
from playground.domain.runs import Run
from playground.domain.tasks import Source, Task
from playground.orchestrator.answers import Unreadable, rewritten
from playground.orchestrator.sources import Sources
from playground.security.vet import vet
from playground.surfaces.rendering.diffs import patch_text

RAW = (
    "{tool} reports {rule} in line {line} of this Python code: {message}\n\n"
    "```python\n{code}\n```\n\nAnswer with the corrected code in one code block."
)


@dataclass(frozen=True)
class Arm:
    """One way.

    Attributes:
        name: in tables.
        flags: settings of the product; empty for the bare prompt.
        engine: name of the configured engine.
        settings: of the engine.
    """

    name: str
    flags: tuple[str, ...]
    engine: str = "local"
    settings: tuple[str, ...] = ()

    def on(self, threads: int) -> Arm:
        """Returns the arm with so many threads for its engine, 0 for the engine's own choice."""
        return replace(self, settings=(f"model.engines.{self.engine}.threads={threads}",))


# Other work on the machine must not decide which finding is given up, so the clock's bounds are
# lifted; those of tokens and attempts are the product's own. Memory is off: nobody approves here.
_ALWAYS = (
    "tools.memory.enabled=false",
    "tools.timeout_s=600",
    "model.requests_per_minute=6000",
    "model.request_deadline_s=1800",
    "cycles.wall_s_max=3600",
)
ARMS = {
    arm.name: arm
    for arm in (
        Arm("raw", ()),
        Arm("product", _ALWAYS),
        Arm("recipes", (*_ALWAYS, "cycles.sources=[tool, recipe]")),
        Arm("critique", (*_ALWAYS, "cycles.reflections_max=1")),
        Arm("product-0.5b", _ALWAYS, engine="small"),
    )
}
DERIVED = {"cards": "product", "cards-0.5b": "product-0.5b"}
"""Arms that ask only the first, greedy question of another arm, so they are read off its steps."""
_RAW_DEADLINE_S = 1800.0


@dataclass
class Outcome:
    """What an arm made of one finding.

    Attributes:
        arm: its name.
        package: whose finding it is.
        rule: of the finding.
        place: path and line.
        proposed: whether the gate let something through.
        source: where that came from.
        diff: of what was let through.
        reason: why there is none.
        tokens: prompt, cached and completion.
        seconds: of wall time.
        engine_cpu_s: processor time of the engine's process.
        other_cpu_s: processor time of everything else that worked on it.
        run: id of the run in the arm's journal.
        steps: what each generation gave and cost, in order.
        objections: what the doors and the gate said against each try, as code and sentence.
        added: findings that it would add; 0 for whatever is let through.
    """

    arm: str
    package: str
    rule: str
    place: str
    proposed: bool = False
    source: str = ""
    diff: str = ""
    reason: str = ""
    tokens: dict[str, int] = field(default_factory=dict[str, int])
    seconds: float = 0.0
    engine_cpu_s: float = 0.0
    other_cpu_s: float = 0.0
    run: str = ""
    steps: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    objections: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    added: int = 0

    def as_json(self) -> dict[str, object]:
        """Returns it for a line of JSON."""
        return asdict(self)


@contextmanager
def opened(arm: Arm, work: Path, *, deciding: bool = False) -> Generator[App]:
    """Opens the product with an empty home of this arm, but with the person's models."""
    home = work / "homes" / arm.name
    for name in ("CONFIG", "DATA", "STATE"):
        os.environ[f"XDG_{name}_HOME"] = str(home / name.lower())
    flags = (*(arm.flags or _ALWAYS), *arm.settings)
    with open_app(project=None, flags=flags, deciding=deciding, engine=arm.engine) as app:
        yield app


def tried(app: App, arm: Arm, task: Task, *, package: str) -> Outcome:
    """Lets an arm try one finding."""
    finding = task.finding
    if finding is None:
        raise TypeError("a task without a finding")
    place = f"{finding.path}:{finding.span.start_line}"
    outcome = Outcome(arm.name, package, finding.rule, place)
    began, before = time.monotonic(), _spent()
    try:
        if arm.flags:
            _by_product(app, task, arm.engine, into=outcome)
        else:
            _by_bare_prompt(app, task, into=outcome)
    except PlaygroundError as error:
        outcome.reason = f"error: {error}"
    outcome.seconds = round(time.monotonic() - began, 2)
    after = _spent()
    outcome.engine_cpu_s = round(after.engine_s - before.engine_s, 2)
    outcome.other_cpu_s = round(after.other_s - before.other_s, 2)
    return outcome


@dataclass(frozen=True)
class _Spent:
    """Processor seconds so far: of engines' processes, and of everything else that was started."""

    engine_s: float
    other_s: float


def _spent() -> _Spent:
    """Returns them; unlike the threads' own counts, those of a process hold ended threads too."""
    own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    engine_s, other_s = 0.0, sum(usage.ru_utime + usage.ru_stime for usage in own)
    for pid in descendants():
        try:
            is_engine = b"engines.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        # Its own, and those of its children that have ended.
        ticks = int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])
        seconds = ticks / os.sysconf("SC_CLK_TCK")
        engine_s, other_s = engine_s + seconds * is_engine, other_s + seconds * (not is_engine)
    return _Spent(engine_s, other_s)


def _by_product(app: App, task: Task, engine: str, *, into: Outcome) -> None:
    run_id = app.desk.submit(task, policy=app.manager.config.policy(engine=engine))
    run = app.desk.advance(run_id)
    into.tokens, into.run = _tokens(run.usage), run.id
    into.steps, into.objections = list(_steps(run)), list(_objections(run))
    proposal = run.waiting
    if proposal is None:
        into.reason = run.ended.reason if run.ended else "it did not end"
        return
    into.proposed, into.source = True, proposal.provenance.source.value
    into.added = len(proposal.verdict.added)
    root = Path(task.root)
    into.diff = patch_text(proposal.patch, root=root, workspace=app.workspace)


def _by_bare_prompt(app: App, task: Task, *, into: Outcome) -> None:
    """One question with the function and the message; the same gate judges the answer."""
    finding, region = task.finding, task.region
    if finding is None or region is None:
        into.reason = "no region"
        return
    text = RAW.format(
        tool=finding.tool,
        rule=finding.rule,
        line=finding.span.start_line - region.start_line + 1,
        message=finding.message,
        code=task.region_text,
    )
    engine = app.engines.get()
    request = GenerationRequest(
        f"raw-{into.place}",
        (Message("user", text),),
        max_tokens=768,
        deadline_s=_RAW_DEADLINE_S,
    )
    done = engine.generate(request)
    into.tokens = _tokens(done.usage)
    root = Path(task.root)
    base = app.workspace.read(root, path=region.path).text
    if done.finish is not Finish.STOP:
        into.reason = "malformed: The answer was cut off."
        return
    try:
        after = rewritten(base, region=region, answer=done.text)
    except Unreadable as error:
        into.reason = f"malformed: {error}"
        return
    patch = patch_between({region.path: base}, {region.path: after})
    provenance = Provenance(Source.ENGINE, engine=engine.kind, model=done.model, usage=done.usage)
    policy = app.manager.config.policy()
    drafted = vet(
        Draft(patch, provenance, answer=done.text),
        task=task,
        policy=policy,
        bases={region.path: base},
        obstacle=partial(Sources(app.workspace).obstacle, task),
    )
    if not isinstance(drafted, Candidate):
        into.reason = f"refused: {drafted.reason}"
        return
    verdict = app.gate.judge(task, candidate=drafted)
    into.proposed = verdict.passed
    into.reason = "" if verdict.passed else verdict.objections[0].message
    into.source, into.added = "engine", len(verdict.added) if verdict.passed else 0
    into.diff = patch_text(patch, root=root, workspace=app.workspace) if verdict.passed else ""


def _steps(run: Run) -> Iterator[dict[str, object]]:
    """Yields what each generation step cost, and whether the gate passed something of it."""
    for made in run.generations:
        ids = [draft.id for draft in made.drafts if isinstance(draft, Candidate)]
        passed = any(run.verdicts[known].passed for known in ids if known in run.verdicts)
        yield {
            "source": made.source.value,
            "seconds": made.seconds,
            "drafts": len(made.drafts),
            "candidates": len(ids),
            "passed": passed,
            **_tokens(made.usage),
        }


def _objections(run: Run) -> Iterator[tuple[str, str]]:
    for event in run.events:
        if isinstance(event, CandidateGenerated):
            for draft in event.drafts:
                if not isinstance(draft, Candidate):
                    yield f"refused/{draft.code}", draft.reason
        elif isinstance(event, CandidateTested):
            for objection in event.verdict.objections:
                yield f"gate/{objection.code}", objection.message


def _tokens(usage: Usage) -> dict[str, int]:
    return {"prompt": usage.prompt, "cached": usage.cached, "completion": usage.completion}
