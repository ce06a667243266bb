"""The arms: ways to use the product, and the bare prompt that stands for using none of it."""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from playground.app import App, open_app
from playground.domain.candidates import Candidate, Draft, Provenance, Usage
from playground.domain.changes import patch_between
from playground.domain.errors import PlaygroundError
from playground.domain.ports import Finish, GenerationRequest, Message
from playground.domain.tasks import Source, Task
from playground.orchestrator.answers import Unreadable, rewritten
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
    """

    name: str
    flags: tuple[str, ...]
    engine: str = "local"


_ALWAYS = ("tools.memory.enabled=false", "model.requests_per_minute=6000")
ARMS = {
    arm.name: arm
    for arm in (
        Arm("raw", ()),
        Arm("cards", (*_ALWAYS, "cycles.sources=[engine]")),
        Arm("samples", (*_ALWAYS, "cycles.sources=[engine, samples]")),
        Arm(
            "critique",
            (*_ALWAYS, "cycles.sources=[engine, samples]", "cycles.reflections_max=1"),
        ),
        Arm("product", _ALWAYS),
        Arm("product-0.5b", _ALWAYS, engine="small"),
    )
}


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
        added: findings that it would add; 0 for whatever is let through.
        green: whether the package's tests still pass, None where they were not run.
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
    added: int = 0
    green: bool | None = None

    def as_json(self) -> dict[str, object]:
        """Returns it for a line of JSON."""
        return asdict(self)


@contextmanager
def opened(arm: Arm, work: Path) -> Generator[App]:
    """Opens the product with an empty home of this arm, but with the person's models."""
    home = work / "homes" / arm.name
    for name in ("CONFIG", "DATA", "STATE"):
        os.environ[f"XDG_{name}_HOME"] = str(home / name.lower())
    with open_app(project=None, flags=list(arm.flags), engine=arm.engine) as app:
        yield app


def tried(app: App, arm: Arm, task: Task, *, package: str) -> Outcome:
    """Lets an arm try one finding."""
    finding = task.finding
    if finding is None:
        raise TypeError("a task without a finding")
    place = f"{finding.path}:{finding.span.start_line}"
    outcome = Outcome(arm.name, package, finding.rule, place)
    began = time.monotonic()
    try:
        if arm.flags:
            _by_product(app, task, arm.engine, into=outcome)
        else:
            _by_bare_prompt(app, task, into=outcome)
    except PlaygroundError as error:
        outcome.reason = f"error: {error}"
    outcome.seconds = round(time.monotonic() - began, 2)
    return outcome


def _by_product(app: App, task: Task, engine: str, *, into: Outcome) -> None:
    run_id = app.desk.submit(task, policy=app.manager.config.policy(engine=engine))
    run = app.desk.advance(run_id)
    into.tokens = _tokens(run.usage)
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
    request = GenerationRequest(f"raw-{into.place}", (Message("user", text),), max_tokens=768)
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
    )
    if not isinstance(drafted, Candidate):
        into.reason = f"refused: {drafted.reason}"
        return
    verdict = app.gate.judge(task, candidate=drafted)
    into.proposed = verdict.passed
    into.reason = "" if verdict.passed else verdict.objections[0].message
    into.source, into.added = "engine", len(verdict.added) if verdict.passed else 0
    into.diff = patch_text(patch, root=root, workspace=app.workspace) if verdict.passed else ""


def _tokens(usage: Usage) -> dict[str, int]:
    return {"prompt": usage.prompt, "cached": usage.cached, "completion": usage.completion}
