"""Ports: what the orchestrator and the surfaces need, as protocols.

Every port is synchronous; concurrency is by threads, so adapters must be safe to call from
several threads unless they say otherwise. Adapters raise only errors of `domain.errors`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Flag, StrEnum, auto
from pathlib import Path
from typing import Protocol, runtime_checkable

from playground.domain.audits import AuditReport
from playground.domain.candidates import Candidate, Cost, Usage
from playground.domain.changes import Patch, SourceFile
from playground.domain.comparisons import Comparison
from playground.domain.episodes import Episode, RecallQuery, Recollection
from playground.domain.events import Event, FileWritten, Recorded
from playground.domain.findings import Finding
from playground.domain.mirrors import Mirror
from playground.domain.proposals import Approved, Decision, Proposal
from playground.domain.rebasing import Carried
from playground.domain.recipes import Recipe
from playground.domain.rule_cards import RuleCard
from playground.domain.runs import Run
from playground.domain.tasks import Policy, Task
from playground.domain.verdicts import Check, Verdict

# ── engines ──────────────────────────────────────────────────────────────────────────────────


class Capability(Flag):
    """What an engine can do; anything else is refused before a call is made."""

    NONE = 0
    CHAT = auto()
    STREAM = auto()
    CANCEL = auto()
    JSON_SCHEMA = auto()
    REGEX = auto()
    GRAMMAR = auto()
    SEED = auto()
    ADAPTERS = auto()
    PRIORITY = auto()
    CACHE_REPORT = auto()
    TOKENIZE = auto()
    CONTINUE = auto()  # a last message of role "assistant" is continued and not answered


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What probing an engine found.

    Attributes:
        kind: the adapter's module name.
        model: resolved model id.
        version: engine version, "" when it does not say.
        context_tokens: tokens of prompt plus answer at most, None when it does not say.
        capabilities: what it can do.
        evidence: for each capability name, how that was established.
    """

    kind: str
    model: str
    version: str
    context_tokens: int | None
    capabilities: Capability
    evidence: Mapping[str, str] = field(default_factory=dict[str, str])


class HealthState(StrEnum):
    """An engine's state."""

    READY = "ready"
    STARTING = "starting"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Health:
    """An engine's answer to "are you well?"."""

    state: HealthState
    detail: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message; `role` is "system", "user" or "assistant"."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Constraint:
    """What the answer must match.

    Attributes:
        kind: "json_schema", "regex" or "grammar" (GBNF).
        value: the schema as JSON text, the regular expression, or the grammar.
    """

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One question to an engine.

    Attributes:
        id: chosen by the caller, used to cancel.
        messages: the chat; a last message of role "assistant" is continued, not answered.
        max_tokens: tokens of the answer at most.
        temperature: 0 for greedy decoding.
        top_p: nucleus size in (0, 1].
        seed: for sampling; None lets the engine choose.
        stop: texts that end the answer and are not part of it.
        constraint: what the answer must match.
        adapter: name of a loaded LoRA adapter, "" for none.
        priority: higher is served first where the engine can.
        deadline_s: seconds after which the call is given up.
        shared_prefix: leading messages that many requests share; `shared_chars`: of the next one.
        run_id: the run that pays for it, "" for none.
    """

    id: str
    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    constraint: Constraint | None = None
    adapter: str = ""
    priority: int = 0
    deadline_s: float = 120.0
    shared_prefix: int = 0
    shared_chars: int = 0
    run_id: str = ""


class Finish(StrEnum):
    """Why an answer ended; anything but STOP is not a whole answer."""

    STOP = "stop"
    LENGTH = "length"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Generation:
    """An engine's answer.

    Attributes:
        text: the answer.
        finish: why it ended.
        usage: tokens.
        model: resolved model id.
        engine_version: "" when it does not say.
        seconds: wall seconds of the call.
        name: configured name of the engine; adapters leave it to the factory.
        cost: money for the call; adapters leave it to the factory.
    """

    text: str
    finish: Finish
    usage: Usage
    model: str
    engine_version: str = ""
    seconds: float = 0.0
    name: str = ""
    cost: Cost = Cost()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a streamed answer; the last one carries the whole `Generation`."""

    text: str
    done: Generation | None = None


class Engine(Protocol):
    """A language model behind one interface.

    Every method raises `EngineUnavailable` when the engine is down, too slow or out of memory.
    """

    @property
    def kind(self) -> str:
        """The adapter's module name."""
        ...

    def probe(self) -> EngineInfo:
        """Starts the engine if need be and finds out what it can do."""
        ...

    def health(self, *, deep: bool = False) -> Health:
        """Returns the state without raising; `deep` asks for one token."""
        ...

    def generate(self, request: GenerationRequest) -> Generation:
        """Answers one request.

        Raises:
            BadInput: the request needs something that the engine cannot do.
        """
        ...

    def stream(self, request: GenerationRequest) -> Iterator[Chunk]:
        """Answers piece by piece; closing the iterator cancels the request."""
        ...

    def cancel(self, request_id: str) -> bool:
        """Cancels a request of another thread; False when it is not running."""
        ...

    def count_tokens(self, text: str) -> int:
        """Returns the number of tokens of the text, exact or a safe over-estimate."""
        ...

    def load_adapter(self, name: str, *, path: Path) -> None:
        """Makes a LoRA adapter usable by name."""
        ...

    def unload_adapter(self, name: str) -> None:
        """Frees a LoRA adapter."""
        ...

    def close(self) -> None:
        """Ends the engine; may be called twice."""
        ...


# ── analysis ─────────────────────────────────────────────────────────────────────────────────


class Analyzer(Protocol):
    """A static analyzer: reads a mirror, never runs what it reads."""

    @property
    def name(self) -> str:
        """The module's name, such as "ruff"."""
        ...

    @property
    def suffixes(self) -> frozenset[str]:
        """File name endings that it reads, such as ".py"."""
        ...

    @property
    def tier(self) -> int:
        """1 for milliseconds, 2 for tens of milliseconds, 3 for seconds; low tiers go first."""
        ...

    def check(self, mirror: Mirror, *, paths: Sequence[str]) -> Check:
        """Analyses these files of the mirror; trouble is a status, never an exception."""
        ...

    def explain(self, rule: str) -> RuleCard:
        """Returns the card of a rule; an unknown rule gives a card with empty texts."""
        ...


@dataclass(frozen=True, slots=True)
class Survey:
    """What the analyzers found in a tree.

    Attributes:
        root: absolute folder that paths are relative to.
        findings: all findings in scope, in the order of path and line.
        checks: one for each analyzer, so that "no answer" is never taken for "clean".
        skipped: pairs of a path and the reason why it was not read.
        files: how many files were read.
        hidden: how many further findings a comment or a setting of the repository keeps back.
    """

    root: str
    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]
    skipped: tuple[tuple[str, str], ...]
    files: int
    hidden: int = 0


class Gate(Protocol):
    """Proves candidates with every analyzer, on mirrors alone."""

    def prepare(self, root: Path) -> None:
        """Lets what candidates below `root` are judged with start in the background.

        Raises:
            BadInput: the root is no folder or cannot be read.
        """
        ...

    def survey(self, root: Path, *, paths: Sequence[str], rules: Sequence[str] = ()) -> Survey:
        """Collects findings below `root`.

        Args:
            root: the repository's root.
            paths: POSIX paths of files or folders relative to the root; empty for all.
            rules: rule ids or prefixes that narrow the default profile; empty for all of it.

        Raises:
            BadInput: a path does not exist or lies outside.
        """
        ...

    def survey_since(
        self, root: Path, *, revision: str, paths: Sequence[str], rules: Sequence[str] = ()
    ) -> Comparison:
        """Collects the findings that the tree has and a revision of it has not.

        Args:
            root: the repository's root.
            revision: a commit, a branch or a tag, such as "main" or "HEAD~3".
            paths: as for `survey`.
            rules: as for `survey`.

        Raises:
            BadInput: as `survey`, or there is no such revision.
            Unavailable: git's objects cannot be read.
        """
        ...

    def judge(self, task: Task, *, candidate: Candidate) -> Verdict:
        """Compares the tree with and without the candidate.

        Raises:
            Stale: a file in scope is no longer what the task was opened for.
        """
        ...

    def explain(self, finding: Finding) -> RuleCard:
        """Returns the card of the finding's rule."""
        ...


# ── memory ───────────────────────────────────────────────────────────────────────────────────


class Embedder(Protocol):
    """Turns texts into vectors."""

    @property
    def id(self) -> str:
        """Name and version; a store made with another one must be embedded anew."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Returns one unit-length vector of `dimensions` floats for each text."""
        ...


class MemoryStore(Protocol):
    """Remembers decided runs. Raises `StorageUnavailable` when the store cannot be used."""

    def remember(self, episode: Episode) -> None:
        """Stores an episode; the same id again replaces it. Secrets are scrubbed first."""
        ...

    def fetch_semantic(self, text: str, k: int = 5) -> list[Recollection]:
        """Returns the k nearest episodes, best first."""
        ...

    def recall(self, query: RecallQuery) -> list[Recollection]:
        """Returns episodes that fit the query, best first."""
        ...

    def all(self, limit: int = 1000) -> list[Episode]:
        """Returns the episodes that were decided last, newest first; no more than `limit`."""
        ...

    def oldest_first(self) -> Iterator[Episode]:
        """Yields every episode, first decided first; never holds more than some hundred."""
        ...

    def get(self, episode_id: str) -> Episode | None:
        """Returns one episode, None when there is none with this id."""
        ...

    def forget(self, episode_id: str) -> bool:
        """Removes an episode; False when there was none."""
        ...

    def count(self) -> int:
        """Returns the number of episodes."""
        ...

    def rebuild(self, episodes: Iterable[Episode]) -> int:
        """Drops everything, even what cannot be read, and stores these; returns how many."""
        ...


class RecipeBook(Protocol):
    """Recipes that a person approved. Raises `StorageUnavailable` when they cannot be read."""

    def active(self, *, tool: str, rule: str) -> Sequence[Recipe]:
        """Returns the recipes in use for findings of a rule, in the order to be tried."""
        ...


# ── journal ──────────────────────────────────────────────────────────────────────────────────


class Journal(Protocol):
    """Append-only, hash-chained list of events; the one truth about every run."""

    def append(self, run_id: str, *, seq: int, event: Event) -> None:
        """Records the run's event number `seq` (from 0); on return no kill loses it.

        A power cut does not either, unless it follows from other events and is the newest.

        Raises:
            Conflict: that number is taken, or `seq` is not the next one, or the event opens a
                second run for a task whose newest run has not ended.
            StorageUnavailable: the disk is full or the file cannot be used.
        """
        ...

    def load(self, run_id: str) -> Run:
        """Returns a run; raises `BadInput` where there is none with this id."""
        ...

    def find(self, prefix: str) -> str:
        """Returns the one run id that begins so; raises `BadInput` where none or several do."""
        ...

    def runs(self, *, root: str = "", open_only: bool = False) -> list[Run]:
        """Returns runs, oldest first; of one repository, and not ended, if asked so."""
        ...

    def newest_with_key(self, key: str) -> Run | None:
        """Returns the newest run whose task has this key."""
        ...

    def position(self) -> int:
        """Returns the position of the newest event, 0 for none; `tail` yields what comes after."""
        ...

    def tail(self, *, after: int = 0, since: float = 0.0) -> Iterable[tuple[int, Recorded]]:
        """Returns all events after a position, with their positions, oldest first.

        Args:
            after: position of the newest event that is known already.
            since: seconds since the epoch; events that were recorded before are left out.
        """
        ...

    def verify(self) -> AuditReport:
        """Checks every hash of every chain."""
        ...

    def forget_texts(
        self, episode_id: str, *, by: str, where: str, with_run: bool = False
    ) -> tuple[str, ...]:
        """Takes what events recalled of an episode out of them, for good; the chain says so.

        With `with_run` all texts of the run that taught it go too. No file of the journal holds
        them afterwards. Repeating a call that was cut off finishes it.

        Returns:
            Ids of the runs whose texts went, also of those that an earlier call took them out of.

        Raises:
            StorageUnavailable: the journal cannot be used, or cannot be written anew now.
        """
        ...

    def close(self) -> None:
        """Closes the files; may be called twice."""
        ...


# ── the tree ─────────────────────────────────────────────────────────────────────────────────


Confirm = Callable[[], None]
"""Called just before the first file is written, when no other writer of the same root can come
between any more; what it raises leaves every file as it is."""


class Workspace(Protocol):
    """The person's tree: read by everyone, written through `apply` and `undo` alone."""

    def read(self, root: Path, *, path: str) -> SourceFile:
        """Reads a regular UTF-8 file below the root without following links.

        Raises:
            BadInput: it is missing, outside, a link, too large, or not UTF-8 text.
        """
        ...

    def obstacle(self, root: Path, *, path: str) -> str:
        """Says in one sentence why no new file can be made at a path, or "" when one can."""
        ...

    def apply(
        self, proposal: Proposal, *, root: Path, approved: Approved, confirm: Confirm
    ) -> list[FileWritten]:
        """Writes the patch; repeating a finished or half-finished call is harmless.

        Raises:
            Stale: the approval is for another proposal, or a file is neither as before nor after.
            Refusal: a path leads outside.
            StorageUnavailable: the disk is full or read-only; nothing is half-written.
        """
        ...

    def undo(self, patch: Patch, *, root: Path, confirm: Confirm) -> list[FileWritten]:
        """Writes the reversed patch under the same rules."""
        ...


# ── who may do what ──────────────────────────────────────────────────────────────────────────

Listener = Callable[[Run, Event], None]
"""Called after each event is recorded, for progress."""


@runtime_checkable
class Submitting(Protocol):
    """May open runs and read; may never decide."""

    def submit(self, task: Task, *, policy: Policy | None = None, run_id: str = "") -> str:
        """Opens a run, or finds the unfinished one with the same key; returns its id.

        Processes that give the same `run_id` open one run; "" stands for a new id.
        """
        ...

    def carry(self, run_id: str, *, carried: Carried) -> str:
        """Opens a run with a waiting proposal's patch for a new version of its files.

        The old run ends. The new one, whose id is returned, is judged by `advance`.
        """
        ...

    def withdraw(self, run_id: str, *, reason: str) -> None:
        """Ends a run that is about something that is no longer there and that nobody decided."""
        ...

    def advance(
        self, run_id: str, *, listener: Listener | None = None, may_ask: bool = True
    ) -> Run:
        """Works on a run until it waits for a person or ends, or may not ask a model."""
        ...

    def load(self, run_id: str) -> Run:
        """Returns a run by id or unique prefix."""
        ...

    def waiting(self, *, root: str = "") -> list[Run]:
        """Returns runs whose proposals wait for a person, oldest first."""
        ...

    def shaped_by(self, episode_id: str) -> list[Run]:
        """Returns runs with a proposal from a prompt that showed this episode, or its recipe."""
        ...


@runtime_checkable
class Deciding(Submitting, Protocol):
    """May also decide; given to surfaces where a person sits, and to nothing else."""

    def decide(self, run_id: str, *, decision: Decision, listener: Listener | None = None) -> Run:
        """Records a decision on the waiting proposal and works on.

        Raises:
            Stale: the decision's digest is not that of the waiting proposal.
        """
        ...

    def undo(self, run_id: str, *, by: str, where: str) -> Run:
        """Takes an applied change back.

        Raises:
            Refusal: nothing of this run is applied.
            Stale: a file was changed since.
        """
        ...

    def forget(self, run_id: str, *, by: str, where: str, with_run: bool = False) -> Run:
        """Takes what a run taught out of memory and of the runs that recalled it, for good.

        Raises:
            Refusal: nothing was learned from it.
        """
        ...
