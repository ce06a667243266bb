"""Answers from a file, for trials and tests without a model."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from playground.domain.candidates import Usage
from playground.domain.errors import BadInput, EngineUnavailable, StorageUnavailable
from playground.domain.ports import (
    Capability,
    Chunk,
    EngineInfo,
    Finish,
    Generation,
    GenerationRequest,
    Health,
    HealthState,
    Message,
)
from playground.engines.calls import Call, Calls, check_request, refuse_adapters
from playground.engines.factory.context import EngineContext

KIND = "scripted"
_CAPABILITIES = Capability.CHAT | Capability.STREAM | Capability.CANCEL | Capability.SEED
_CONTEXT_TOKENS = 32_768
_CHARS_PER_TOKEN = 4
_POLL_S = 0.01
_FILE_BYTES_MAX = 10_000_000


class Options(BaseModel):
    """Options of the scripted engine.

    Attributes:
        file: YAML or JSON lines with the answers, see `Line`.
        log: file that gets one line for each answer that was asked for (number of the script's
            line, turn, id of the request), on the disk before the answer is given.
        prompts: file that gets the messages of each request, one JSON list a line.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Path
    log: Path | None = None
    prompts: Path | None = None


class Line(BaseModel):
    """One line of the script; the first one that matches answers.

    Attributes:
        match: part of the last user message, "" for any.
        pattern: a regular expression that is searched in it instead.
        answer: the answer, or several that are given in turn, the last one again and again.
        finish: why the answer ends.
        delay_s: seconds before the answer begins.
        error: raised instead of an answer, as a sentence, when it is not empty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    match: str = ""
    pattern: str = ""
    answer: str | Annotated[tuple[str, ...], Field(min_length=1)] = ""
    finish: Finish = Finish.STOP
    delay_s: float = Field(default=0.0, ge=0, le=600)
    error: str = ""

    @model_validator(mode="after")
    def _pattern_is_one(self) -> Line:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"pattern is no regular expression ({error})") from error
        return self

    def fits(self, text: str) -> bool:
        """Whether the line answers a question with this text."""
        if self.pattern:
            return re.search(self.pattern, text) is not None
        return self.match in text


def create(options: Options, context: EngineContext) -> ScriptedEngine:
    """Returns the engine; the file is read at once."""
    del context
    return ScriptedEngine(read_script(options.file), name=options.file.stem, logs=options)


def read_script(path: Path) -> tuple[Line, ...]:
    """Reads a script: a YAML list, or one JSON object on each line.

    Raises:
        BadInput: it cannot be read as one.
    """
    try:
        if path.stat().st_size > _FILE_BYTES_MAX:
            raise BadInput(f"The script {path} is larger than 10 MB; make it smaller.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise BadInput(f"The script {path} cannot be read; correct the option file.") from error
    try:
        found: object = (
            [json.loads(line) for line in text.split("\n") if line.strip()]
            if text.lstrip().startswith("{")
            else yaml.safe_load(text)
        )
        return TypeAdapter(tuple[Line, ...]).validate_python(found)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"The script {path} is wrong at {where}: {first['msg']}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadInput(f"The script {path} is neither YAML nor JSON lines; correct it.") from error


class ScriptedEngine:
    """The port `Engine` over a script; safe to share between threads.

    Args:
        lines: the script.
        name: what results call the model.
        logs: says where what was asked is written down, None for nowhere.
    """

    kind = KIND

    def __init__(self, lines: tuple[Line, ...], *, name: str, logs: Options | None = None) -> None:
        self._lines = lines
        self._model = f"scripted-{name}"
        self._logs = logs
        self._calls = Calls()
        self._lock = threading.Lock()
        self._turns = [0] * len(lines)
        self._closed = False

    def probe(self) -> EngineInfo:
        """Returns what a script can do."""
        evidence = {c.name: "by construction" for c in _CAPABILITIES if c.name}
        return EngineInfo(KIND, self._model, "1", _CONTEXT_TOKENS, _CAPABILITIES, evidence)

    def health(self, *, deep: bool = False) -> Health:
        """Returns READY until the engine is closed."""
        del deep
        if self._closed:
            return Health(HealthState.DOWN, "The engine is closed; start Playground again.")
        return Health(HealthState.READY)

    def generate(self, request: GenerationRequest) -> Generation:
        """Answers one request.

        Raises:
            BadInput: the request needs what a script cannot do, or no line fits.
            EngineUnavailable: the line says so, the deadline passed, or the engine is closed.
        """
        *_, last = self.stream(request)
        if last.done is None:
            raise EngineUnavailable("The script ended early; ask again.")
        return last.done

    def stream(self, request: GenerationRequest) -> Iterator[Chunk]:
        """Answers word by word; closing the iterator cancels. Raises what `generate` raises."""
        check_request(request, kind=KIND, capabilities=_CAPABILITIES)
        if self._closed:
            raise EngineUnavailable("The engine is closed; start Playground again.")
        return self._stream(request)

    def cancel(self, request_id: str) -> bool:
        """Cancels a request of another thread; False when it is not running."""
        return self._calls.cancel(request_id)

    def count_tokens(self, text: str) -> int:
        """Returns a quarter of the characters, rounded up."""
        return -(-len(text) // _CHARS_PER_TOKEN)

    def load_adapter(self, name: str, *, path: Path) -> None:
        """Refuses: a script has no adapters.

        Raises:
            BadInput: always.
        """
        del name, path
        refuse_adapters(KIND)

    def unload_adapter(self, name: str) -> None:
        """Refuses: a script has no adapters.

        Raises:
            BadInput: always.
        """
        del name
        refuse_adapters(KIND)

    def close(self) -> None:
        """Cancels what is under way; may be called twice."""
        self._closed = True
        self._calls.cancel_all()

    def _stream(self, request: GenerationRequest) -> Iterator[Chunk]:
        with self._calls.running(request.id, deadline_s=request.deadline_s) as call:
            line, answer = self._next(request)
            _wait(line.delay_s, call=call)
            if line.error and not call.over:
                raise EngineUnavailable(line.error)
            text, finish = _cut(answer, request=request, finish=line.finish)
            given = ""
            for piece in re.findall(r"\S+\s*|\s+", text):
                if call.over:
                    break
                given += piece
                yield Chunk(piece)
            if call.over and not call.cancelled:
                raise call.too_late("The script")
            if call.cancelled:
                finish = Finish.CANCELLED
            prompt = sum(self.count_tokens(m.content) for m in request.messages)
            usage = Usage(prompt, 0, self.count_tokens(given))
            yield Chunk("", Generation(given, finish, usage, self._model, "1", call.seconds))

    def _next(self, request: GenerationRequest) -> tuple[Line, str]:
        question = _question(request.messages)
        with self._lock:
            if self._logs and self._logs.prompts:
                said = [[m.role, m.content] for m in request.messages]
                _append(self._logs.prompts, json.dumps(said), option="prompts")
            for number, line in enumerate(self._lines):
                if not line.fits(question):
                    continue
                answers = (line.answer,) if isinstance(line.answer, str) else line.answer
                turn = min(self._turns[number], len(answers) - 1)
                self._turns[number] += 1
                if self._logs and self._logs.log:
                    _append(self._logs.log, f"{number} {turn} {request.id}", option="log")
                return line, answers[turn]
        raise BadInput("No line of the script fits the question; add one that matches it.")


def _append(path: Path, line: str, *, option: str) -> None:
    """Adds a line to one of the script's logs; on return it lies on the disk."""
    try:
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f"{line}\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise StorageUnavailable(
            f"The script's log {path} cannot be written; correct the option {option}."
        ) from error


def _question(messages: tuple[Message, ...]) -> str:
    return next((m.content for m in reversed(messages) if m.role == "user"), "")


def _wait(seconds: float, *, call: Call) -> None:
    end = time.monotonic() + seconds
    while not call.over and (left := end - time.monotonic()) > 0:
        time.sleep(min(_POLL_S, left))


def _cut(text: str, *, request: GenerationRequest, finish: Finish) -> tuple[str, Finish]:
    """Ends the answer as a model would: at a stop text or at the bound on its tokens."""
    ends = [place for place in (text.find(stop) for stop in request.stop) if place >= 0]
    if ends:
        text = text[: min(ends)]
    if len(text) > request.max_tokens * _CHARS_PER_TOKEN:
        return text[: request.max_tokens * _CHARS_PER_TOKEN], Finish.LENGTH
    return text, finish
