"""How fast an engine reads and writes, measured with two questions about the same code.

The first question begins with a random number, so that nothing of it can be cached. The second
repeats it but for its last line, so what it reads again shows how much of a shared beginning the
engine keeps. Both go the way of every other call, limits included.
"""

from __future__ import annotations

import inspect
import secrets
import time
from dataclasses import dataclass

from playground.domain import aligning
from playground.domain.candidates import Cost, Usage
from playground.domain.errors import EngineUnavailable
from playground.domain.ports import (
    Capability,
    Engine,
    Finish,
    Generation,
    GenerationRequest,
    Message,
)
from playground.prompts import fence_for, render

_ANSWER_TOKENS = 64
_CODE_CHARS = 2_000
_DEADLINE_S = 300.0


@dataclass(frozen=True, slots=True)
class Timed:
    """One answer with the wall seconds until its first piece, and from there to its end."""

    usage: Usage
    first_s: float
    rest_s: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of an engine.

    Attributes:
        engine: its configured name.
        kind: the adapter's module name.
        model: what it says that it runs.
        version: its version, "" when it does not say.
        cold: the first question, of which nothing was cached.
        warm: the second question, with the same beginning.
        reports_cache: whether the engine says how many tokens it had cached.
        cost: money for both.
    """

    engine: str
    kind: str
    model: str
    version: str
    cold: Timed
    warm: Timed
    reports_cache: bool
    cost: Cost

    @property
    def prompt_tokens_per_s(self) -> float:
        """Prompt tokens read a second, from the question to the answer's first piece."""
        read = self.cold.usage.prompt - self.cold.usage.cached
        return read / max(self.cold.first_s, 1e-6)

    @property
    def answer_tokens_per_s(self) -> float | None:
        """Answer tokens a second after the first piece; None when there were too few to tell."""
        times = (self.cold, self.warm)
        tokens = sum(max(0, timed.usage.completion - 1) for timed in times)
        seconds = sum(timed.rest_s for timed in times)
        return tokens / seconds if tokens and seconds > 0 else None

    @property
    def prefix_reuse(self) -> float | None:
        """Share of the second prompt that was cached; None when the engine does not say."""
        if not self.reports_cache or not self.warm.usage.prompt:
            return None
        return self.warm.usage.cached / self.warm.usage.prompt


def measured(engine: Engine, *, name: str) -> Measured:
    """Asks both questions.

    Raises:
        EngineUnavailable: it does not answer, or was cancelled.
        Busy: a limit or a budget of it is reached.
    """
    info = engine.probe()
    number = secrets.token_hex(8)
    questions = render("bench_questions").text.splitlines()
    done = [_asked(engine, number=number, question=question) for question in questions]
    (cold, first), (warm, second) = done
    return Measured(
        engine=name,
        kind=engine.kind,
        model=first.model,
        version=info.version,
        cold=cold,
        warm=warm,
        reports_cache=Capability.CACHE_REPORT in info.capabilities,
        cost=first.cost + second.cost,
    )


def _asked(engine: Engine, *, number: str, question: str) -> tuple[Timed, Generation]:
    code = inspect.getsource(aligning)[:_CODE_CHARS].rstrip()
    prompt = render("bench", number=number, code=code, question=question, fence=fence_for(code))
    request = GenerationRequest(
        id=f"bench-{number}-{prompt.digest[:8]}",
        messages=(Message("user", prompt.text),),
        max_tokens=_ANSWER_TOKENS,
        deadline_s=_DEADLINE_S,
    )
    started = time.monotonic()
    arrived = [(time.monotonic(), chunk) for chunk in engine.stream(request)]
    done = arrived[-1][1].done if arrived else None
    if done is None or done.finish is Finish.CANCELLED:
        raise EngineUnavailable("The engine gave no whole answer; ask it again.")
    first = next((at for at, chunk in arrived if chunk.text), arrived[-1][0])
    return Timed(done.usage, first - started, arrived[-1][0] - first), done
