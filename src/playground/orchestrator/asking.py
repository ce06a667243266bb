"""Asking an engine: what is put into the prompt, and how many answers are drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

from playground.domain.candidates import Draft, Provenance, Usage
from playground.domain.changes import patch_between
from playground.domain.episodes import Recollection
from playground.domain.errors import BadInput
from playground.domain.events import CandidateRefused, CandidateTested
from playground.domain.ports import (
    Capability,
    Engine,
    Finish,
    Gate,
    Generation,
    GenerationRequest,
    Message,
    RuleCard,
)
from playground.domain.runs import Run
from playground.domain.tasks import Region, Source, Task
from playground.orchestrator.answers import Unreadable, files_in, rewritten
from playground.orchestrator.context import context_for
from playground.orchestrator.narrowing import excerpt
from playground.orchestrator.prefix import head_only, lines_before
from playground.orchestrator.progress import Ticker
from playground.orchestrator.sources import Sources
from playground.prompts import fence_for, render

Bases = dict[str, str | None]

_CARD_CHARS_MAX = 700
_EXAMPLE_CHARS_MAX = 600
_CHARS_PER_TOKEN = 3
_ANSWER_KEPT_CHARS = 20_000


def _always() -> None:
    """Stands for no rate limit."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How answers are drawn.

    Attributes:
        temperature: for samples; the first answer is always greedy.
        top_p: nucleus size for samples.
        deadline_s: seconds that one answer may take.
        admit: called before every call of an engine; waits or raises `Busy` at a rate limit.
    """

    temperature: float = 0.7
    top_p: float = 0.95
    deadline_s: float = 120.0
    admit: Callable[[], None] = _always


@dataclass(frozen=True, slots=True)
class Question:
    """A rendered question.

    Attributes:
        messages: the chat; a last one of role "assistant" begins the answer's code block.
        digest: SHA-256 of the rendered prompt.
        stop: texts that end the answer.
        prefix: how the answer begins, "" when the engine begins it itself.
        fence: the back-ticks around the one code block that is asked for, "" for free form.
    """

    messages: tuple[Message, ...]
    digest: str
    stop: tuple[str, ...]
    prefix: str
    fence: str


class Beginning(Protocol):
    """Chooses how much of a region's rewrite is given."""

    def __call__(self, code: str, *, region: Region, line: int) -> str:
        """Returns the beginning of the region's code."""
        ...


class Asking:
    """Turns a run into questions and an engine's answers into drafts."""

    def __init__(
        self,
        engine_for: Callable[[str], Engine],
        *,
        gate: Gate,
        sources: Sources,
        sampling: Sampling,
        ticker: Ticker,
    ) -> None:
        self._engine_for = engine_for
        self._gate = gate
        self._sources = sources
        self._sampling = sampling
        self._ticker = ticker

    def greedy(self, run: Run, bases: Bases) -> list[Draft]:
        """Asks once, greedily."""
        question = self.question(run, bases, begun=lines_before)
        return [self._ask(run, question, bases=bases, seed=None)]

    def samples(self, run: Run, bases: Bases) -> list[Draft]:
        """Asks several times side by side with fresh seeds; equal answers are kept once."""
        question = self.question(run, bases, begun=head_only)
        seeds = [_seed(run, number) for number in range(run.policy.samples)]
        with ThreadPoolExecutor(max_workers=len(seeds)) as pool:
            futures: list[Future[Draft]] = [
                pool.submit(self._ask, run, question, bases=bases, seed=seed) for seed in seeds
            ]
            try:
                return [future.result() for future in futures]
            except BaseException:
                # The person pressed Ctrl-C or one call failed: nobody waits for the others.
                for seed in seeds:
                    self._engine_for(run.policy.engine).cancel(_request_id(run, seed))
                raise

    def question(self, run: Run, bases: Bases, *, begun: Beginning) -> Question:
        """Renders the question, dropping what helps least until it fits the prompt's bound.

        Args:
            run: the run so far.
            bases: the files in scope.
            begun: how much of a region's rewrite is given as the beginning of the answer, where
                the engine can continue one.

        Raises:
            BadInput: even the bare question is too long.
        """
        limit = run.policy.prompt_tokens_max
        engine = self._engine_for(run.policy.engine)
        for room in range(4):
            question = self._rendered(run, bases, room=room)
            if Capability.CONTINUE in engine.probe().capabilities:
                question = _continued(run.task, question, begun=begun)
            text = "\n".join(m.content for m in question.messages)
            if len(text) <= limit * 2 or engine.count_tokens(text) <= limit:
                return question
        raise BadInput(
            f"The question needs more than {limit} prompt tokens (cycles.prompt_tokens_max); "
            "name a smaller file or a part of it."
        )

    def _rendered(self, run: Run, bases: Bases, *, room: int) -> Question:
        """Renders with less and less beside the code as `room` grows from 0 to 3."""
        recalled = run.recalled
        examples = _short(recalled.recalled if recalled else (), run.policy.examples_max - room)
        avoid = recalled.avoid if recalled and room < 2 else ()
        shared = {
            "examples": [r.episode for r in examples],
            "avoid": [r.episode for r in avoid],
            "feedback": feedback(run),
        }
        if run.task.finding is not None and run.task.region is not None:
            return self._repair(run.task, bases, room=room, shared=shared)
        return self._request(run, bases, room=room, shared=shared)

    def _repair(
        self, task: Task, bases: Bases, *, room: int, shared: Mapping[str, object]
    ) -> Question:
        finding, region = task.finding, task.region
        if finding is None or region is None:
            raise TypeError("a repair needs a finding and a region")
        base = bases.get(region.path) or ""
        card = self._gate.explain(finding)
        context = context_for(
            base,
            region=region,
            path=region.path,
            reader=lambda path: self._sources.read(task, path),
            chars_max=(1_600, 1_000, 400, 0)[room],
        )
        code = task.region_text.replace("\r\n", "\n")
        fence = fence_for(code, context, card.example, card.instead)
        user = render(
            "repair",
            card=_cut(card, _CARD_CHARS_MAX if room < 2 else 0),
            context=context,
            line_text=finding.line_text,
            message=finding.message,
            code=code,
            fence=fence,
            **shared,
        )
        return _question("system", user.text, fence=fence)

    def _request(
        self, run: Run, bases: Bases, *, room: int, shared: Mapping[str, object]
    ) -> Question:
        chars = (run.policy.prompt_tokens_max * _CHARS_PER_TOKEN * (8 - 2 * room)) // 10
        shown = [
            excerpt(path, text, goal=run.task.goal, chars_max=chars // max(1, len(bases)))
            for path, text in bases.items()
        ]
        fence = fence_for(*(part.text for part in shown))
        user = render("request", files=shown, goal=run.task.goal, fence=fence, **shared)
        return _question("request_system", user.text, fence="")

    def _ask(self, run: Run, question: Question, *, bases: Bases, seed: int | None) -> Draft:
        engine = self._engine_for(run.policy.engine)
        greedy = seed is None
        request = GenerationRequest(
            id=_request_id(run, seed),
            messages=question.messages,
            max_tokens=run.policy.answer_tokens_max,
            temperature=0.0 if greedy else self._sampling.temperature,
            top_p=1.0 if greedy else self._sampling.top_p,
            seed=seed,
            stop=question.stop,
            deadline_s=self._sampling.deadline_s,
            shared_prefix=1,
        )
        self._sampling.admit()
        done = self._streamed(engine, request)
        provenance = Provenance(
            source=Source.ENGINE if greedy else Source.SAMPLES,
            engine=engine.kind,
            model=done.model,
            prompt_digest=question.digest,
            episodes=_episodes(run),
            seed=seed,
            usage=done.usage,
            seconds=done.seconds,
        )
        return _draft(run.task, bases, prefix=question.prefix, done=done, provenance=provenance)

    def _streamed(self, engine: Engine, request: GenerationRequest) -> Generation:
        done: Generation | None = None
        for tokens, chunk in enumerate(engine.stream(request), start=1):
            self._ticker.tick("generate", tokens=tokens)
            done = chunk.done or done
        return done or Generation("", Finish.CANCELLED, Usage(), "")


def _question(system: str, user: str, *, fence: str) -> Question:
    messages = (Message("system", render(system).text), Message("user", user))
    return Question(messages, _digest(messages), (), "", fence)


def _digest(messages: tuple[Message, ...]) -> str:
    return hashlib.sha256("\0".join(m.content for m in messages).encode()).hexdigest()


def _continued(task: Task, question: Question, *, begun: Beginning) -> Question:
    """Returns the question with the answer's code block begun, so that only code can follow."""
    if not question.fence or task.region is None or task.finding is None:
        return question
    code = task.region_text.replace("\r\n", "\n")
    start = begun(code, region=task.region, line=task.finding.span.start_line)
    prefix = f"{question.fence}python\n{start}"
    messages = (*question.messages, Message("assistant", prefix))
    stop = (f"\n{question.fence}",)
    return Question(messages, _digest(messages), stop, prefix, question.fence)


def _draft(
    task: Task, bases: Bases, *, prefix: str, done: Generation, provenance: Provenance
) -> Draft:
    """Reads an answer as a change; what cannot be read is a draft with a defect."""
    answer = done.text if done.text.lstrip().startswith("```") else prefix + done.text
    kept = answer[:_ANSWER_KEPT_CHARS]
    if done.finish is not Finish.STOP:
        defect = "The answer was cut off before its end."
        return Draft(None, provenance, answer=kept, defect=defect)
    try:
        if task.region is not None:
            base = bases.get(task.region.path) or ""
            after = {task.region.path: rewritten(base, region=task.region, answer=answer)}
        else:
            after = files_in(answer, bases=bases, may_create=task.may_create)
    except Unreadable as error:
        return Draft(None, provenance, answer=kept, defect=str(error))
    known: Bases = {path: bases.get(path) for path in after}
    return Draft(patch_between(known, after), provenance, answer=kept)


def feedback(run: Run) -> str:
    """Returns what spoke against earlier tries, newest first, at most two different sentences."""
    sentences: list[str] = []
    for event in reversed(run.events):
        if isinstance(event, CandidateTested):
            sentences += [o.message for o in event.verdict.objections[:2]]
        elif isinstance(event, CandidateRefused):
            sentences.append(event.reason)
    if not sentences:
        sentences = [r.reason for r in run.refusals if r.provenance.source is not Source.TOOL]
    critiques = [c.text for c in run.critiques.values() if c.advice == "revise"]
    return " ".join(dict.fromkeys([*critiques, *sentences][:2]))


def _cut(card: RuleCard, chars_max: int) -> RuleCard:
    """Returns the card without what is too long to be worth its tokens."""
    pair = len(card.example) + len(card.instead)
    if pair > chars_max:
        card = replace(card, example="", instead=card.instead if pair <= 2 * chars_max else "")
    return replace(card, why=card.why if len(card.why) <= chars_max else "")


def _short(recalled: tuple[Recollection, ...], count: int) -> list[Recollection]:
    fitting = [
        r
        for r in recalled
        if len(r.episode.before) + len(r.episode.after) <= 2 * _EXAMPLE_CHARS_MAX
    ]
    return fitting[: max(0, count)]


def _episodes(run: Run) -> tuple[str, ...]:
    if run.recalled is None:
        return ()
    return tuple(r.episode.id for r in (*run.recalled.recalled, *run.recalled.avoid))


def _seed(run: Run, number: int) -> int:
    digest = hashlib.sha256(f"{run.id}/{len(run.events)}/{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFFFFFF


def _request_id(run: Run, seed: int | None) -> str:
    return f"{run.id}-{len(run.events)}-{'greedy' if seed is None else seed}"
