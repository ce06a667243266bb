"""Asking an engine: how many answers are drawn, and how they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial

from playground.domain.candidates import Draft, Provenance, Usage
from playground.domain.changes import patch_between
from playground.domain.errors import Busy, EngineUnavailable
from playground.domain.ports import (
    Capability,
    Constraint,
    Engine,
    Finish,
    Gate,
    Generation,
    GenerationRequest,
    Message,
)
from playground.domain.runs import Run
from playground.domain.tasks import Region, Source, Task
from playground.orchestrator.answers import Unreadable, code_in, files_in, rewritten
from playground.orchestrator.backtracking import begun_again
from playground.orchestrator.docstrings import restored
from playground.orchestrator.ending import Ending, Watch
from playground.orchestrator.focus import answered_whole, focus_of, focus_text, with_clause
from playground.orchestrator.marks import unmarked
from playground.orchestrator.masking import unmasked
from playground.orchestrator.progress import Ticker
from playground.orchestrator.questions import Question, Questions
from playground.orchestrator.sources import Sources

Bases = dict[str, str | None]

_ANSWER_KEPT_CHARS = 20_000
_CANCEL_AGAIN_S = 0.02
_TAKEN_BACK_MAX = 3
_ANSWER_TOKENS_MIN = 64
_CHUNKS_TO_END = 8
"""A complete answer may end by itself, because a cancelled one is not counted by every engine."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How answers are drawn.

    Attributes:
        temperature: for samples; the first answer is always greedy.
        top_p: nucleus size for samples.
        deadline_s: seconds that one answer may take.
    """

    temperature: float = 0.7
    top_p: float = 0.95
    deadline_s: float = 120.0


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
        self._questions = Questions(gate=gate, sources=sources)
        self._sampling = sampling
        self._ticker = ticker

    def look_up(self, engine: str) -> None:
        """Makes sure that there is an engine of this name, "" for the default one.

        Raises:
            BadInput: none is configured, or what is configured cannot be used here.
        """
        self._engine_for(engine)

    def greedy(self, run: Run, bases: Bases, *, engine: str = "") -> list[Draft]:
        """Asks once, greedily: about the one statement where there is one, for edits of files."""
        asked = _Asked(run, bases, self._engine_for(engine), Source.ENGINE)
        focus = focus_in(run.task, bases)
        edits = run.task.region is None and any(bases.values())
        question = self._questions.about(run, bases, engine=asked.engine, focus=focus, edits=edits)
        return [self._ask(asked, question, seed=None)]

    def samples(self, run: Run, bases: Bases, *, engine: str = "") -> list[Draft]:
        """Asks several times side by side with fresh seeds; equal answers are kept once.

        Where the greedy question was about one statement, the first of these is greedy too. Where
        it asked for edits, these ask for whole definitions.
        """
        asked = _Asked(run, bases, self._engine_for(engine), Source.SAMPLES)
        question = self._questions.about(run, bases, engine=asked.engine)
        seeds: list[int | None] = [_seed(run, number) for number in range(run.policy.samples)]
        if focus_in(run.task, bases) is not None:
            seeds[0] = None
        with ThreadPoolExecutor(max_workers=len(seeds)) as pool:
            futures: list[Future[Draft]] = []
            try:
                futures.extend(pool.submit(self._ask, asked, question, seed=seed) for seed in seeds)
                return [future.result() for future in futures]
            except BaseException:
                # The person pressed Ctrl-C or one call failed: nobody waits for the others. One
                # that is only about to be made cannot be cancelled yet, so it is done again.
                while wait(futures, timeout=_CANCEL_AGAIN_S).not_done:
                    for seed in seeds:
                        asked.engine.cancel(_request_id(run, seed))
                raise

    def _ask(self, asked: _Asked, question: Question, *, seed: int | None) -> Draft:
        asked = replace(asked, seed=seed)
        run, engine = asked.run, asked.engine
        request = GenerationRequest(
            id=_request_id(run, seed),
            messages=question.messages,
            max_tokens=run.policy.answer_tokens_max,
            temperature=0.0 if seed is None else self._sampling.temperature,
            top_p=1.0 if seed is None else self._sampling.top_p,
            seed=seed,
            deadline_s=self._sampling.deadline_s,
            shared_prefix=1,
            shared_chars=question.shared_chars,
            run_id=run.id,
        )
        able = engine.probe().capabilities
        if question.grammar and Capability.GRAMMAR in able:
            request = replace(request, constraint=Constraint("grammar", question.grammar))
        watch = _watch(asked, question)
        done, defect = self._watched(engine, request, watch=watch)
        said = _Said(done, question, watch, defect, done.usage.prompt)
        if Capability.CONTINUE in able and _lacks_code(done, question):
            said = self._with_code(asked, request, said=said)
        if Capability.CONTINUE in able:
            return self._readable(asked, request, said=said)
        return _draft(asked, said)

    def _with_code(self, asked: _Asked, request: GenerationRequest, *, said: _Said) -> _Said:
        """Asks for the code block that an answer lacks, behind what it said.

        Small models often end with the sentence about the change. Its prompt is still in the
        engine's cache, so little is read anew.
        """
        question, told = said.question, said.done.text.strip()
        opening = f"{question.fence}{question.language.lower()}\n"
        for sentence in (told, told.partition("\n")[0], ""):
            begun = f"{sentence}\n\n{opening}" if sentence else opening
            if self._room(asked, said, begun=begun):
                return self._continued(asked, request, said=said, begun=begun)
        return said

    def _readable(self, asked: _Asked, request: GenerationRequest, *, said: _Said) -> Draft:
        """Reads an answer; what cannot be read is taken back and drawn again, a few times.

        What is drawn again is sampled, since a greedy engine would only say the same once more. All
        of it together may take as long as one answer. An engine that fails meanwhile leaves the
        answer as it was.
        """
        draft = _draft(asked, said)
        for times in range(_TAKEN_BACK_MAX):
            if draft.patch is not None or said.watch is None or said.done.finish is not Finish.STOP:
                break
            begun = begun_again(said.done.text, watch=said.watch, times=times)
            room = self._room(asked, said, begun=begun) if begun else 0
            left_s = self._sampling.deadline_s - said.done.seconds
            if not room or left_s <= 0:
                break
            again = replace(
                request,
                max_tokens=room,
                deadline_s=left_s,
                temperature=self._sampling.temperature,
                top_p=self._sampling.top_p,
                seed=_number(f"{request.id}/{times}"),
            )
            try:
                said = self._continued(asked, again, said=said, begun=begun)
            except (EngineUnavailable, Busy):
                break
            draft = _draft(replace(asked, seed=again.seed), said)
        return draft

    def _room(self, asked: _Asked, said: _Said, *, begun: str) -> int:
        """Returns the tokens that may follow a begun answer, 0 where a bound is reached."""
        policy, tokens = asked.run.policy, asked.engine.count_tokens(begun)
        spent = asked.run.usage.total + said.done.usage.total
        if said.prompt_tokens + tokens > policy.prompt_tokens_max or spent >= policy.tokens_max:
            return 0
        return max(_ANSWER_TOKENS_MIN, policy.answer_tokens_max - tokens)

    def _continued(
        self, asked: _Asked, request: GenerationRequest, *, said: _Said, begun: str
    ) -> _Said:
        """Has an answer continued behind its beginning."""
        messages = (*request.messages, Message("assistant", begun))
        more, defect = self._watched(
            asked.engine, replace(request, messages=messages), watch=said.watch, begun=begun
        )
        whole = replace(
            more,
            usage=said.done.usage + more.usage,
            seconds=said.done.seconds + more.seconds,
            cost=said.done.cost + more.cost,
        )
        return replace(said, done=whole, defect=defect)

    def _watched(
        self, engine: Engine, request: GenerationRequest, *, watch: Watch | None, begun: str = ""
    ) -> tuple[Generation, str]:
        """Asks, and cancels as soon as nothing more is needed.

        Returns:
            The answer, what it was begun with included, and what is wrong with it where that is why
            it was cancelled.
        """
        with self._ticker.answering(partial(engine.cancel, request.id)):
            heard = self._heard(engine, request, watch=watch, begun=begun)
        self._ticker.tick("generate", tokens=heard[0].usage.completion)
        return heard

    def _heard(
        self, engine: Engine, request: GenerationRequest, *, watch: Watch | None, begun: str
    ) -> tuple[Generation, str]:
        done: Generation | None = None
        ending: Ending | None = None
        text, over = begun, 0
        for tokens, chunk in enumerate(engine.stream(request), start=1):
            self._ticker.tick("generate", tokens=tokens)
            done = chunk.done or done
            text += chunk.text
            # A line is judged when it is over; a closing fence need not wait for its line's end.
            if watch and ending is None and ("\n" in chunk.text or "`" in chunk.text):
                ending = watch.ending(text)
            if ending is not None:
                over += 1
                if over == (1 if ending.defect else _CHUNKS_TO_END):
                    engine.cancel(request.id)
        done = done or Generation("", Finish.CANCELLED, Usage(), "")
        if ending is None:
            return replace(done, text=f"{begun}{done.text}"), ""
        return replace(done, text=ending.text, finish=Finish.STOP), ending.defect


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who is asked about what, in which step and with which seed."""

    run: Run
    bases: Bases
    engine: Engine
    source: Source
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """What was said so far.

    Attributes:
        done: the answer, with what all calls for it used.
        question: what was asked.
        watch: looks at the code while it is written, None where the form is free.
        defect: why it was cancelled, "" where it was not.
        prompt_tokens: of the question alone.
    """

    done: Generation
    question: Question
    watch: Watch | None
    defect: str
    prompt_tokens: int


def _lacks_code(done: Generation, question: Question) -> bool:
    """Whether an answer ended by itself before the code block that was asked for."""
    return bool(question.fence) and done.finish is Finish.STOP and question.fence not in done.text


def _watch(asked: _Asked, question: Question) -> Watch | None:
    """Returns what watches the answer, None where it is of free form."""
    region, original = asked.run.task.region, asked.run.task.region_text
    if not question.fence or region is None:
        return None
    focus = question.focus
    if focus is not None and focus.kind == "clause":
        original = focus_text(asked.bases.get(focus.path) or "", focus)
    return Watch(focus or region, original)


def focus_in(task: Task, bases: Bases) -> Region | None:
    """Returns the one statement that a repair may be asked for, None for the whole region."""
    if task.finding is None or task.region is None:
        return None
    text = bases.get(task.region.path) or ""
    return focus_of(text, region=task.region, finding=task.finding)


def _provenance(asked: _Asked, said: _Said) -> Provenance:
    done = said.done
    return Provenance(
        source=asked.source,
        engine=asked.engine.kind,
        model=done.model,
        prompt_digest=said.question.digest,
        episodes=said.question.episodes,
        seed=asked.seed,
        usage=done.usage,
        seconds=done.seconds,
        name=done.name,
        cost=done.cost,
    )


def _draft(asked: _Asked, said: _Said) -> Draft:
    """Reads an answer as a change; what cannot be read is a draft with a defect."""
    provenance, done, task, bases = _provenance(asked, said), said.done, asked.run.task, asked.bases
    told = unmarked(done.text)
    kept = told[:_ANSWER_KEPT_CHARS]
    answer = restored(unmasked(told, said.question.withheld), said.question.put_back)
    if done.finish is not Finish.STOP:
        defect = "The answer was cut off before its end."
        return Draft(None, provenance, answer=kept, defect=defect)
    if said.defect:
        return Draft(None, provenance, answer=kept, defect=said.defect)
    try:
        if task.region is not None:
            base = bases.get(task.region.path) or ""
            region = said.question.focus or task.region
            code = code_in(answer)
            if answered_whole(code, region=task.region):
                region = task.region
            elif region.kind == "clause":
                code = with_clause(base, region=task.region, clause=region, code=code)
                region, answer = (
                    task.region,
                    f"{said.question.fence}\n{code}{said.question.fence}\n",
                )
            after = {task.region.path: rewritten(base, region=region, answer=answer)}
        else:
            after = files_in(answer, bases=bases, may_create=task.may_create)
    except Unreadable as error:
        return Draft(None, provenance, answer=kept, defect=str(error))
    except (RecursionError, MemoryError):
        defect = "The answer is nested too deeply to be read."
        return Draft(None, provenance, answer=kept, defect=defect)
    known: Bases = {path: bases.get(path) for path in after}
    return Draft(patch_between(known, after), provenance, answer=kept)


def _seed(run: Run, number: int) -> int:
    return _number(f"{run.id}/{len(run.events)}/{number}")


def _number(name: str) -> int:
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFFFFFF


def _request_id(run: Run, seed: int | None) -> str:
    return f"{run.id}-{len(run.events)}-{'greedy' if seed is None else seed}"
