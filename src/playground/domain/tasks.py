"""Tasks: what to improve, within which bounds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from playground.domain.changes import digest_of
from playground.domain.findings import Finding


class TaskKind(StrEnum):
    """What a person or a sweep asked for."""

    REPAIR = "repair"
    REQUEST = "request"


class Source(StrEnum):
    """Where a candidate comes from, cheapest proof first.

    `MEND` is a candidate of another source with the analyzer's fixes of what that one added.
    `CARRIED` is a candidate of an earlier run that was moved to where its lines are now.
    """

    TOOL = "tool"
    RECIPE = "recipe"
    ENGINE = "engine"
    SAMPLES = "samples"
    MEND = "mend"
    CARRIED = "carried"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file in scope; `sha256` is None when the file does not exist yet."""

    path: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Region:
    """The smallest enclosing symbol that a change may touch.

    Attributes:
        path: POSIX path relative to the task's root.
        start_line: first line, counted from 1, decorators included.
        end_line: last line, inclusive.
        name: qualified name of the symbol, or "" for a statement block.
        kind: "function", "class", "statement" or "file".
    """

    path: str
    start_line: int
    end_line: int
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Task:
    """What to improve.

    Attributes:
        root: absolute path of the folder that paths are relative to.
        kind: repair of one finding, or a request in words.
        goal: one sentence in words.
        files: the files that a change may touch, with their digests when the task was opened.
        finding: what to repair, for `REPAIR`.
        region: the lines that a change of an existing file may touch, None for whole files.
        region_text: the region's text when the task was opened, so that the run alone can teach.
        named: paths that the person named, which lifts the refusal of activation surfaces.
        may_create: whether new files may be made.
        signatures_free: whether public signatures may change.
    """

    root: str
    kind: TaskKind
    goal: str
    files: tuple[FileRef, ...]
    finding: Finding | None = None
    region: Region | None = None
    region_text: str = ""
    named: tuple[str, ...] = ()
    may_create: bool = False
    signatures_free: bool = False

    @property
    def key(self) -> str:
        """Digest that is equal for the same question about the same bytes: 32 hexadecimal digits.

        An unfinished run with the same key is carried on instead of opened again.
        """
        what = self.finding.fingerprint if self.finding else self.goal
        parts = [self.root, self.kind, what, *(f"{f.path}={f.sha256}" for f in self.files)]
        return digest_of("\0".join(parts))[:32]


@dataclass(frozen=True, slots=True)
class Policy:
    """The bounds of one run. Reaching one ends the run with a reason a person can act on.

    Attributes:
        sources: generation steps in the order in which they are tried, one attempt each.
        attempts_max: generation steps at most, for each engine of the cascade; recipes, which
            cost nothing, do not count.
        reflections_max: critiques asked of the engine at most; beyond them a candidate is reviewed
            by rules, from its verdict alone.
        tokens_max: prompt and completion tokens at most, all calls together.
        wall_s_max: seconds of work at most, waiting for a person not counted.
        files_max: files in one patch at most.
        patch_lines_max: removed plus added lines in one patch at most.
        samples: candidates drawn side by side in the `SAMPLES` step.
        prompt_tokens_max: tokens of one prompt at most.
        answer_tokens_max: tokens of one answer at most.
        examples_max: approved episodes shown in one prompt at most.
        built_in_recipes: whether recipes that come with the product are tried beside approved ones.
        nodes: names of the person's own nodes, run on every candidate that the gate passed.
        engine: name of the configured engine, "" for the default one.
        cascade: names of the engines that are asked in turn, cheapest first; each is asked what
            the gate refused from those before it. Empty for `engine` alone.
        untrusted: absolute folders whose repositories the person does not trust; what is decided
            there is never recalled elsewhere and teaches no recipe.
    """

    sources: tuple[Source, ...] = (
        Source.TOOL,
        Source.RECIPE,
        Source.ENGINE,
        Source.SAMPLES,
    )
    attempts_max: int = 3
    reflections_max: int = 0
    tokens_max: int = 16_000
    wall_s_max: float = 300.0
    files_max: int = 8
    patch_lines_max: int = 400
    samples: int = 2
    prompt_tokens_max: int = 1_500
    answer_tokens_max: int = 768
    examples_max: int = 2
    built_in_recipes: bool = True
    nodes: tuple[str, ...] = ()
    engine: str = ""
    cascade: tuple[str, ...] = ()
    untrusted: tuple[str, ...] = ()

    def trusts(self, root: str) -> bool:
        """Whether the person trusts the repository whose root is this absolute folder."""
        inside = PurePosixPath(root)
        return not any(inside.is_relative_to(folder) for folder in self.untrusted)

    @property
    def engines(self) -> tuple[str, ...]:
        """Names of the engines in the order in which they are asked; never empty."""
        return self.cascade or (self.engine,)
