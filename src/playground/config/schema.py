"""What may be configured: types, ranges and defaults' shapes. Defaults lie in the YAML files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictStr,
    field_validator,
    model_validator,
)

from playground.config.spending import Budgets, EngineLimits, PriceConfig
from playground.domain.tasks import Policy, Source

ENGINE_NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
"""How the name of an engine or an analyzer is written."""

_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]{0,127}$"
_RULE = r"^[A-Za-z@][A-Za-z0-9@/_-]{0,79}$"
_REFERENCE = r"^[^\x00-\x1f\x7f:]{1,200}:[A-Za-z_][A-Za-z0-9_]{0,99}$"

_Name = Annotated[StrictStr, Field(pattern=ENGINE_NAME)]
_Folder = Annotated[StrictStr, Field(pattern=r"^(~/|/)[^\x00-\x1f\x7f]{1,400}$")]
_Place = Annotated[StrictStr, Field(pattern=r"^((~/|/|[a-z0-9]{2,9}://)[^\x00-\x1f\x7f]{1,400})?$")]
_OwnFile = Annotated[StrictStr, Field(pattern=r"^((~/|/)[^\x00-\x1f\x7f]{1,400})?$")]
_Rule = Annotated[StrictStr, Field(pattern=_RULE)]
_Reference = Annotated[StrictStr, Field(pattern=_REFERENCE)]
_Rules = Annotated[tuple[_Rule, ...], Field(max_length=500)]
_LintRule = Annotated[StrictStr, Field(pattern=r"^(@?[a-z][a-z-]{0,40}/)?[a-zA-Z][a-zA-Z-]{0,80}$")]
_LintRules = Annotated[tuple[_LintRule, ...], Field(max_length=500)]


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _once(value: tuple[str, ...], *, what: str) -> tuple[str, ...]:
    if len(set(value)) != len(value):
        raise ValueError(f"it names {what} twice; name each once")
    return value


class Sampling(_Group):
    """How samples are drawn: temperature in [0, 2], nucleus size in (0, 1]."""

    temperature: float = Field(strict=True, ge=0, le=2, allow_inf_nan=False)
    top_p: float = Field(strict=True, gt=0, le=1, allow_inf_nan=False)


_OWN_KEYS = ("kind", "api_key_env", "admin_api_key_env", "limits", "price")


class EngineConfig(_Group):
    """One engine.

    Attributes:
        kind: the adapter's module name.
        api_key_env: name of the environment variable that holds the key, None for no key.
        admin_api_key_env: the same for the key that changes a server, where a kind has one.
        limits: bounds on what is asked of it.
        price: what its tokens cost, None for nothing.
        options: the other keys, checked by the adapter.
    """

    kind: Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    api_key_env: Annotated[StrictStr, Field(pattern=_VARIABLE)] | None = None
    admin_api_key_env: Annotated[StrictStr, Field(pattern=_VARIABLE)] | None = None
    limits: EngineLimits = EngineLimits()
    price: PriceConfig | None = None
    options: Mapping[str, object] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _gather_options(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        given = cast("dict[str, object]", data)
        own = {key: given[key] for key in _OWN_KEYS if key in given}
        return {**own, "options": {k: v for k, v in given.items() if k not in own}}

    @model_validator(mode="after")
    def _money_needs_a_price(self) -> EngineConfig:
        limits = self.limits
        if self.price is None and (limits.money_per_day or limits.money_per_session):
            raise ValueError("a budget of money needs a price; set its prompt and completion")
        return self

    @property
    def key_names(self) -> Mapping[str, str]:
        """The environment variables that hold keys, by the option that takes the key."""
        named = {"api_key": self.api_key_env, "admin_api_key": self.admin_api_key_env}
        return {option: name for option, name in named.items() if name}


class ModelConfig(_Group):
    """Which engine answers, and how it is asked; bounds per minute and in seconds."""

    engine: _Name
    cascade: Annotated[tuple[_Name, ...], Field(max_length=5)]
    engines: Mapping[_Name, EngineConfig]
    budgets: Budgets
    currency: Annotated[StrictStr, Field(pattern=r"^[A-Z]{3}$")]
    sampling: Sampling
    requests_per_minute: int = Field(strict=True, ge=1, le=6000)
    request_deadline_s: float = Field(strict=True, ge=1, le=1800, allow_inf_nan=False)

    @field_validator("cascade")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _once(value, what="an engine")

    @property
    def asked(self) -> tuple[str, ...]:
        """Names of the engines that a run asks, in this order; never empty."""
        return self.cascade or (self.engine,)


class CyclesConfig(_Group):
    """The bounds of one run; no layer can lift the upper limits that stand here."""

    sources: Annotated[
        tuple[Literal["tool", "recipe", "engine", "samples"], ...],
        Field(min_length=1, max_length=4),
    ]
    attempts_max: int = Field(strict=True, ge=1, le=10)
    reflections_max: int = Field(strict=True, ge=0, le=5)
    tokens_max: int = Field(strict=True, ge=500, le=200_000)
    wall_s_max: float = Field(strict=True, ge=1, le=3600, allow_inf_nan=False)
    files_max: int = Field(strict=True, ge=1, le=50)
    patch_lines_max: int = Field(strict=True, ge=1, le=5000)
    samples: int = Field(strict=True, ge=1, le=8)
    prompt_tokens_max: int = Field(strict=True, ge=256, le=32_000)
    answer_tokens_max: int = Field(strict=True, ge=32, le=8192)
    examples_max: int = Field(strict=True, ge=0, le=5)
    built_in_recipes: StrictBool
    proposals_ahead_max: int = Field(strict=True, ge=0, le=20)
    nodes: Annotated[tuple[_Reference, ...], Field(max_length=20)]

    @field_validator("sources")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _once(value, what="a source")

    def policy(self, *, engine: str = "", cascade: tuple[str, ...] = ()) -> Policy:
        """Returns these bounds as a run's policy, for one engine's name or the default one."""
        return Policy(
            sources=tuple(Source(source) for source in self.sources),
            attempts_max=self.attempts_max,
            reflections_max=self.reflections_max,
            tokens_max=self.tokens_max,
            wall_s_max=self.wall_s_max,
            files_max=self.files_max,
            patch_lines_max=self.patch_lines_max,
            samples=self.samples,
            prompt_tokens_max=self.prompt_tokens_max,
            answer_tokens_max=self.answer_tokens_max,
            examples_max=self.examples_max,
            built_in_recipes=self.built_in_recipes,
            nodes=self.nodes,
            engine=engine,
            cascade=cascade,
        )


class RulesConfig(_Group):
    """Ruff's rules by id or beginning of an id."""

    select: Annotated[_Rules, Field(min_length=1)]
    ignore: _Rules


class EslintConfig(_Group):
    """ESLint's rules by name; "recommended" stands for what their authors recommend."""

    rules: _LintRules
    ignore: _LintRules


class PyrightConfig(_Group):
    """Pyright's rule set."""

    mode: Literal["off", "basic", "standard", "strict"]


class MemorySettings(_Group):
    """Whether memory is used, how much of it a run gets, whose stays at home, where and how."""

    enabled: StrictBool
    examples: int = Field(strict=True, ge=0, le=20)
    untrusted: Annotated[tuple[_Folder, ...], Field(max_length=100)]
    place: _Place
    embedder: Annotated[StrictStr, Field(pattern=r"^[a-z0-9_]{0,60}$")]

    def within(self, folder: Path) -> Path | str:
        """Returns where the memory lies: below a folder, where nothing else is set."""
        if "://" in self.place:
            return self.place
        return Path(self.place).expanduser() if self.place else folder / "memory"

    @property
    def untrusted_folders(self) -> tuple[str, ...]:
        """The untrusted folders, absolute and without links."""
        return tuple(str(Path(folder).expanduser().resolve()) for folder in self.untrusted)


class JournalConfig(_Group):
    """Where the journal lies.

    Attributes:
        url: a PostgreSQL database, "" for a file in the state folder.
        password_file: a file that holds its password, "" where the URL or nothing does.
    """

    url: Annotated[StrictStr, Field(pattern=r"^(postgres(ql)?://[^\s\x00-\x1f\x7f]{1,1000})?$")]
    password_file: _OwnFile


class LogsConfig(_Group):
    """How much is logged; `files_max` counts the older files beside the current one."""

    level: Literal["debug", "info", "warning", "error"]
    file_bytes_max: int = Field(strict=True, ge=10_000, le=100_000_000)
    files_max: int = Field(strict=True, ge=1, le=50)


class TelemetryConfig(_Group):
    """Where an OpenTelemetry collector listens, as "http://localhost:4318"; "" sends nothing."""

    endpoint: Annotated[StrictStr, Field(pattern=r"^(https?://[^\s@]+)?$", max_length=500)]


class InputConfig(_Group):
    """Bounds on what a person types."""

    chars_max: int = Field(strict=True, ge=1, le=100_000)
    requests_per_minute: int = Field(strict=True, ge=1, le=600)


class ToolsConfig(_Group):
    """Analyzers, memory, logs and input."""

    analyzers: Annotated[tuple[_Name, ...], Field(min_length=1, max_length=20)]
    rules: RulesConfig
    pyright: PyrightConfig
    eslint: EslintConfig
    room: Literal["sealed", "open"]
    timeout_s: float = Field(strict=True, ge=1, le=600, allow_inf_nan=False)
    confirm_cold: StrictBool
    file_bytes_max: int = Field(strict=True, ge=1000, le=10_000_000)
    memory: MemorySettings
    journal: JournalConfig
    logs: LogsConfig
    telemetry: TelemetryConfig
    input: InputConfig
    editor: Annotated[StrictStr, Field(min_length=1, max_length=500)] | None


class Config(_Group):
    """Everything that is configured."""

    model: ModelConfig
    cycles: CyclesConfig
    tools: ToolsConfig

    def policy(self, *, engine: str = "") -> Policy:
        """Returns the bounds of a run; memory gives what it may give, or nothing when it is off.

        Args:
            engine: the one that alone is asked; "" for the cascade or the default one.
        """
        memory = self.tools.memory
        given = min(self.cycles.examples_max, memory.examples) if memory.enabled else 0
        bounded = self.cycles.model_copy(update={"examples_max": given})
        policy = bounded.policy(engine=engine, cascade=() if engine else self.model.cascade)
        return replace(policy, untrusted=memory.untrusted_folders)
