"""Asking an engine: what is put into the prompt, and how many answers are drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

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
from playground.domain.tasks import Source, Task
from playground.orchestrator.answers import Unreadable, files_in, rewritten
from playground.orchestrator.context import context_for
from playground.orchestrator.marks import marked, unmarked
from playground.orchestrator.narrowing import excerpt
from playground.orchestrator.progress import Ticker
from playground.orchestrator.sources import Sources
from playground.prompts import fence_for, render
from playground.security.validators import chat_markup

Bases = dict[str, str | None]

_CARD_CHARS_MAX = 700
_WHY_CHARS_MAX = 300
_EXAMPLE_CHARS_MAX = 600
_CHARS_PER_TOKEN = 3
_ANSWER_KEPT_CHARS = 20_000
_PLAN_TOKENS_MAX = 80


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
        messages: the chat.
        digest: SHA-256 of the rendered prompt.
        fence: the back-ticks around the one code block that is asked for, "" for free form.
    """

    messages: tuple[Message, ...]
    digest: str
    fence: str


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
        question = self.question(run, bases)
        return [self._ask(run, question, bases=bases, seed=None)]

    def samples(self, run: Run, bases: Bases) -> list[Draft]:
        """Asks several times side by side with fresh seeds; equal answers are kept once."""
        question = self.question(run, bases)
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

    def question(self, run: Run, bases: Bases) -> Question:
        """Renders the question, dropping what helps least until it fits the prompt's bound.

        Raises:
            BadInput: even the bare question is too long.
        """
        limit = run.policy.prompt_tokens_max
        engine = self._engine_for(run.policy.engine)
        text = ""
        for room in range(4):
            question = self._rendered(run, bases, room=room)
            text = "\n".join(m.content for m in question.messages)
            if chat_markup(text):
                continue
            if len(text) <= limit * 2 or engine.count_tokens(text) <= limit:
                return question
        if chat_markup(text):
            raise BadInput(
                "The code holds control words of the chat itself, such as <|im_end|>, so no model "
                "is asked about it; repair it by hand."
            )
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
        plain = task.region_text.replace("\r\n", "\n")
        code = marked(plain, line=finding.span.start_line - region.start_line, note=finding.message)
        fence = fence_for(code, context, card.example, card.instead)
        user = render(
            "repair",
            card=_cut(card, _CARD_CHARS_MAX if room < 2 else 0),
            context=context,
            line_text=finding.line_text,
            message=finding.message,
            code=code,
            marked=code != plain,
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
        request = GenerationRequest(
            id=_request_id(run, seed),
            messages=question.messages,
            max_tokens=run.policy.answer_tokens_max,
            temperature=0.0 if seed is None else self._sampling.temperature,
            top_p=1.0 if seed is None else self._sampling.top_p,
            seed=seed,
            deadline_s=self._sampling.deadline_s,
            shared_prefix=1,
        )
        self._sampling.admit()
        able = Capability.CONTINUE in engine.probe().capabilities
        if question.fence and able:
            done = self._in_two_parts(engine, request, fence=question.fence)
        else:
            done = self._streamed(engine, request)
        provenance = Provenance(
            source=Source.ENGINE if seed is None else Source.SAMPLES,
            engine=engine.kind,
            model=done.model,
            prompt_digest=question.digest,
            episodes=_episodes(run),
            seed=seed,
            usage=done.usage,
            seconds=done.seconds,
        )
        return _draft(run.task, bases, done=done, provenance=provenance)

    def _in_two_parts(
        self, engine: Engine, request: GenerationRequest, *, fence: str
    ) -> Generation:
        """Asks for the sentence that says what to change, then for the code block after it.

        Begun for it, the code block is never missing; the second part finds the first one's
        prompt in the engine's cache.
        """
        opening = render("plan").text
        said = self._streamed(
            engine, _continued(request, opening, stop="\n", max_tokens=_PLAN_TOKENS_MAX)
        )
        text = f"{opening} {said.text.strip()}\n\n{fence}python\n"
        code = self._streamed(
            engine, _continued(request, text, stop=f"\n{fence}", max_tokens=request.max_tokens)
        )
        return replace(
            code,
            text=f"{text}{code.text}\n{fence}\n",
            usage=said.usage + code.usage,
            seconds=said.seconds + code.seconds,
        )

    def _streamed(self, engine: Engine, request: GenerationRequest) -> Generation:
        done: Generation | None = None
        for tokens, chunk in enumerate(engine.stream(request), start=1):
            self._ticker.tick("generate", tokens=tokens)
            done = chunk.done or done
        return done or Generation("", Finish.CANCELLED, Usage(), "")


def _continued(
    request: GenerationRequest, text: str, *, stop: str, max_tokens: int
) -> GenerationRequest:
    """Returns the request with the beginning of the answer given."""
    messages = (*request.messages, Message("assistant", text))
    return replace(request, messages=messages, stop=(stop,), max_tokens=max_tokens)


def _question(system: str, user: str, *, fence: str) -> Question:
    messages = (Message("system", render(system).text), Message("user", user))
    digest = hashlib.sha256("\0".join(m.content for m in messages).encode()).hexdigest()
    return Question(messages, digest, fence)


def _draft(task: Task, bases: Bases, *, done: Generation, provenance: Provenance) -> Draft:
    """Reads an answer as a change; what cannot be read is a draft with a defect."""
    answer = unmarked(done.text)
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
    first = card.why.split("\n\n", maxsplit=1)[0]
    return replace(card, why=first if len(first) <= _WHY_CHARS_MAX and chars_max else "")


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
