"""An engine behind its circuit breaker, its limits and its price."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from playground.domain.candidates import Usage
from playground.domain.errors import EngineUnavailable
from playground.domain.ports import (
    Chunk,
    Engine,
    EngineInfo,
    Finish,
    Generation,
    GenerationRequest,
    Health,
    HealthState,
)
from playground.domain.standings import BreakerState
from playground.engines.factory.admission import Admission
from playground.engines.factory.breaker import Breaker
from playground.engines.factory.ledger import Ledger


class GuardedEngine:
    """The port `Engine` around another one; every result says which engine it is of and its cost.

    Args:
        inner: the adapter's engine.
        name: its configured name.
        breaker: leaves it alone for a while when it keeps failing.
        admission: its limits.
        ledger: knows prices.
    """

    def __init__(
        self, inner: Engine, *, name: str, breaker: Breaker, admission: Admission, ledger: Ledger
    ) -> None:
        self._inner = inner
        self._name = name
        self._breaker = breaker
        self._admission = admission
        self._ledger = ledger

    @property
    def kind(self) -> str:
        """The adapter's module name."""
        return self._inner.kind

    @property
    def breaker(self) -> BreakerState:
        """Whether the engine is asked now."""
        return self._breaker.state

    @property
    def left(self) -> tuple[str, ...]:
        """What is left of each limit, one phrase each."""
        return self._admission.left()

    def probe(self) -> EngineInfo:
        """Starts the engine if need be and finds out what it can do."""
        with self._looked_at():
            return self._inner.probe()

    def health(self, *, deep: bool = False) -> Health:
        """Returns the state without raising; a deep answer closes an open breaker."""
        health = self._inner.health(deep=deep)
        if deep and health.state is HealthState.READY:
            self._breaker.succeeded()
        return health

    def generate(self, request: GenerationRequest) -> Generation:
        """Answers one request; raises what the inner engine raises, `BudgetSpent` and `Busy`."""
        *_, last = self._stream(request, streamed=False)
        if last.done is None:
            raise EngineUnavailable(f"{self._name} ended its answer early; ask again.")
        return last.done

    def stream(self, request: GenerationRequest) -> Iterator[Chunk]:
        """Answers piece by piece; closing the iterator cancels. Raises what `generate` raises."""
        chunks = self._stream(request, streamed=True)
        next(chunks)  # it is let in now, and what the engine refuses at once is refused now
        return chunks

    def cancel(self, request_id: str) -> bool:
        """Cancels a request of another thread, also one that waits for its turn."""
        waited = self._admission.cancel(request_id)
        return self._inner.cancel(request_id) or waited

    def count_tokens(self, text: str) -> int:
        """Returns the number of tokens of the text, exact or a safe over-estimate."""
        with self._looked_at():
            return self._inner.count_tokens(text)

    def load_adapter(self, name: str, *, path: Path) -> None:
        """Makes a LoRA adapter usable by name."""
        with self._looked_at():
            self._inner.load_adapter(name, path=path)

    def unload_adapter(self, name: str) -> None:
        """Frees a LoRA adapter."""
        with self._looked_at():
            self._inner.unload_adapter(name)

    def close(self) -> None:
        """Ends what waits and the engine; may be called twice."""
        self._admission.close()
        self._inner.close()

    def _stream(self, request: GenerationRequest, *, streamed: bool) -> Generator[Chunk]:
        """Yields an empty chunk when the engine has taken the request, then its answer."""
        with (
            self._called(request) as call,
            self._admission.let_in(request, count=self._inner.count_tokens) as admitted,
        ):
            if admitted.cancelled:
                yield Chunk("")
                yield Chunk("", Generation("", Finish.CANCELLED, Usage(), "", name=self._name))
                return
            chunks = self._inner.stream(request) if streamed else self._whole(request)
            yield Chunk("")
            with contextlib.closing(_Closable(chunks)):
                for number, chunk in enumerate(chunks, start=1):
                    # Until it says itself what it used: a cancelled call has cost its prompt.
                    admitted.used = Usage(admitted.prompt, 0, number)
                    if chunk.done is None:
                        yield chunk
                        continue
                    done = _with_prompt(chunk.done, tokens=admitted.prompt)
                    admitted.used = done.usage
                    call.answered = done.finish is not Finish.CANCELLED or done.text != ""
                    yield replace(chunk, done=self._priced(done))

    def _whole(self, request: GenerationRequest) -> Iterator[Chunk]:
        done = self._inner.generate(request)
        yield Chunk(done.text, done)

    def _priced(self, done: Generation) -> Generation:
        return replace(done, name=self._name, cost=self._ledger.cost(self._name, done.usage))

    @contextlib.contextmanager
    def _called(self, request: GenerationRequest) -> Generator[_Call]:
        """Tells the breaker how one call ended."""
        let_through = self._breaker.enter(patience_s=request.deadline_s)
        if let_through.wait_s > 0:
            raise self._rests(let_through.wait_s)
        call = _Call(trial=let_through.trial)
        try:
            yield call
        except EngineUnavailable as error:
            self._breaker.failed(str(error), trial=call.trial)
            raise
        except BaseException:
            self._ended(call)
            raise
        self._ended(call)

    def _ended(self, call: _Call) -> None:
        if call.answered:
            self._breaker.succeeded()
        else:
            self._breaker.abandoned(trial=call.trial)

    @contextlib.contextmanager
    def _looked_at(self) -> Generator[None]:
        """Tells the breaker of trouble; that it is there does not prove that it answers."""
        wait_s = self._breaker.rest_s()
        if wait_s > 0:
            raise self._rests(wait_s)
        try:
            yield
        except EngineUnavailable as error:
            self._breaker.failed(str(error))
            raise

    def _rests(self, wait_s: float) -> EngineUnavailable:
        return EngineUnavailable(
            f"{self._name} failed several times in a row and is asked again in "
            f"{math.ceil(wait_s)} s; it said: {self._breaker.reason}"
        )


def _with_prompt(done: Generation, *, tokens: int) -> Generation:
    """Returns a cancelled answer with its prompt's tokens, which no server had told yet."""
    if done.finish is not Finish.CANCELLED or done.usage.prompt or not done.text:
        return done
    return replace(done, usage=replace(done.usage, prompt=tokens))


@dataclass(slots=True)
class _Call:
    """One call.

    Attributes:
        trial: whether it finds out if the engine is back.
        answered: whether the engine gave a whole answer.
    """

    trial: bool = False
    answered: bool = False


class _Closable:
    """What can be closed; iterators that are no generators need not have a `close`."""

    def __init__(self, chunks: Iterator[Chunk]) -> None:
        self._chunks = chunks

    def close(self) -> None:
        close = getattr(self._chunks, "close", None)
        if callable(close):
            close()
