"""The configuration manager: layers, origins, folders, secrets and hot reload."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from playground import __version__
from playground.config.passwords import password_in_file, passwords_in_url
from playground.config.reading import parse_layer, parse_value, read_foreign, read_own
from playground.config.schema import Config, EngineConfig
from playground.config.settings import (
    SECTIONS,
    KeyPath,
    Layer,
    Leaf,
    bad,
    dotted,
    hidden,
)
from playground.config.tightening import tightened
from playground.config.validation import merged_and_validated, packaged_layer, validated
from playground.domain.errors import BadConfiguration
from playground.domain.tasks import Policy
from playground.security.logs import LogSettings, change_level
from playground.security.validators import printable

_APP = "playground"
_PROJECT_FOLDER = ".playground"
_PREFIX = "PLAYGROUND__"
_HOSTED = "https://api.openai.com/v1"
_SECRET_CHARS_MIN = 8

_PROVING = {"analyzers", "rules", "pyright", "eslint", "confirm_cold", "file_bytes_max"}
_RELOADABLE = frozenset(
    {
        *(
            ("cycles", name)
            for name in (
                "attempts_max",
                "reflections_max",
                "tokens_max",
                "wall_s_max",
                "files_max",
                "patch_lines_max",
                "samples",
                "prompt_tokens_max",
                "answer_tokens_max",
                "examples_max",
                "built_in_recipes",
                "proposals_ahead_max",
            )
        ),
        ("model", "requests_per_minute"),
        ("tools", "memory", "examples"),
        ("tools", "logs", "level"),
        ("tools", "input", "chars_max"),
        ("tools", "input", "requests_per_minute"),
    }
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it holds: dotted key, value with secrets hidden, and where it comes from."""

    key: str
    value: object
    origin: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a reload found.

    Attributes:
        key: dotted key, or the section of a file that cannot be used.
        old: the value that held before, secrets hidden.
        new: the value in the file now, secrets hidden.
        origin: where the new value comes from.
        applied: whether it holds from now on.
        note: "" when applied, else one sentence that says why not and what to do.
    """

    key: str
    old: object
    new: object
    origin: str
    applied: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where things lie, absolute; none of them is made here."""

    config: Path
    data: Path
    cache: Path
    state: Path
    logs: Path


_Texts = dict[tuple[str, str], str | None]
"""Contents of the files by layer ("user" or "project") and section; None for no file."""


class ConfigManager:
    """Reads all layers once and again on `reload`; safe to read from several threads.

    Args:
        project: the repository's root, None for no project layer.
        flags: settings given for this command, such as "cycles.attempts_max=2".
        environ: the environment, None for that of the process.
        user_dir: the person's configuration folder, None for the platform's.

    Raises:
        BadConfiguration: a layer cannot be used; the message names key, value and origin.
    """

    def __init__(
        self,
        *,
        project: Path | None,
        flags: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        user_dir: Path | None = None,
    ) -> None:
        self._environ = dict(os.environ if environ is None else environ)
        self._project = project
        self._flags = tuple(flags)
        self.folders = _folders(user_dir)
        self._texts = self._read()
        self._trouble = ""
        self._layer = self._merged(self._texts)
        self._config = validated(self._layer)

    @property
    def config(self) -> Config:
        """The configuration that holds now."""
        return self._config

    def policy(self) -> Policy:
        """Returns the bounds of a run as they are configured now, so that a reload is felt."""
        return self.config.policy()

    @property
    def environ(self) -> Mapping[str, str]:
        """The person's environment, for programs that they run through us, as their editor."""
        return dict(self._environ)

    @property
    def editor(self) -> str:
        """The person's editor with its arguments: configured, $VISUAL, $EDITOR or "vi"."""
        names = ("VISUAL", "EDITOR")
        named = next((self._environ[n] for n in names if self._environ.get(n, "").strip()), "vi")
        return self._config.tools.editor or named

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are read when they exist, the person's before the project's."""
        own = [self.folders.config / f"{section}.yaml" for section in SECTIONS]
        if self._project is None:
            return tuple(own)
        folder = self._project / _PROJECT_FOLDER
        return (*own, *(folder / f"{section}.yaml" for section in SECTIONS))

    @property
    def secrets(self) -> frozenset[str]:
        """Values of all configured keys and passwords, for redaction."""
        values = {self._environ.get(name, "").strip() for name in self._key_names()}
        values |= {self.journal_password(), *passwords_in_url(self._config.tools.journal.url)}
        return frozenset(value for value in values if len(value) >= _SECRET_CHARS_MIN)

    def log_settings(self) -> LogSettings:
        """Returns how to log now, for `configure_logging`."""
        logs = self._config.tools.logs
        return LogSettings(
            folder=self.folders.logs,
            level=logs.level,
            file_bytes_max=logs.file_bytes_max,
            files_max=logs.files_max,
            secrets=self.secrets,
        )

    def secret(self, name: str) -> str:
        """Returns the value of an environment variable that some engine names for a key.

        An unset variable gives "", since servers of one's own often need no key.

        Raises:
            BadConfiguration: no engine names this variable.
        """
        if name not in self._key_names():
            reason = "no engine names this variable; name it in an engine's api_key_env."
            leaf = Leaf(name, "the configuration")
            raise bad(("model", "engines"), leaf=leaf, reason=reason)
        return self._environ.get(name, "").strip()

    def engine_options(self, engine: EngineConfig) -> dict[str, object]:
        """Returns what an engine's adapter is given, keys included."""
        keys = {option: self.secret(named) for option, named in engine.key_names.items()}
        return {**engine.options, **keys}

    @property
    def likeness(self) -> str:
        """What two machines must have in common for their verdicts to be the same."""
        tools = self._config.tools.model_dump_json(include=_PROVING)
        nodes = self._config.cycles.model_dump_json(include={"nodes"})
        return f"{__version__} ({hashlib.sha256((tools + nodes).encode()).hexdigest()[:8]})"

    def journal_password(self) -> str:
        """Returns the password for the journal's database that a file holds, "" for none.

        Raises:
            BadConfiguration: the file that is named cannot be used.
        """
        return password_in_file(self._config.tools.journal.password_file)

    def _key_names(self) -> frozenset[str]:
        engines = self._config.model.engines.values()
        return frozenset(name for engine in engines for name in engine.key_names.values())

    def explain(self) -> list[Setting]:
        """Returns every setting with its value and origin, in the order of the packaged files."""
        order = {path: index for index, path in enumerate(packaged_layer())}
        ranked = sorted(
            self._layer.items(), key=lambda item: (_rank(item[0], order), dotted(item[0]))
        )
        return [Setting(dotted(p), hidden(p, value=leaf.value), leaf.origin) for p, leaf in ranked]

    def reload(self) -> list[Change]:
        """Reads the files again and takes over limits and the log level.

        Other changes are reported as needing a restart. When a file cannot be used, all stays as
        it is and the trouble is reported once.
        """
        try:
            texts = self._read()
            if texts == self._texts and not self._trouble:
                return []
            fresh = self._merged(texts)
        except BadConfiguration as error:
            return self._refused(error)
        self._texts, self._trouble = texts, ""
        changes, running = _compared(self._layer, fresh)
        # One assignment each: readers in other threads see the old or the new, never half.
        self._config = validated(running)
        self._layer = running
        if any(change.applied and change.key == "tools.logs.level" for change in changes):
            change_level(self._config.tools.logs.level)
        return changes

    def _refused(self, error: BadConfiguration) -> list[Change]:
        sentence = str(error)
        if sentence == self._trouble:
            return []
        self._trouble = sentence
        note = f"{sentence} Everything stays as it was until this is corrected."
        return [Change(error.key, None, error.value, error.origin, applied=False, note=note)]

    def _read(self) -> _Texts:
        texts: _Texts = {}
        for section in SECTIONS:
            name = f"{section}.yaml"
            texts["user", section] = read_own(self.folders.config / name)
            if self._project is not None:
                parts = (_PROJECT_FOLDER, name)
                texts["project", section] = read_foreign(self._project, parts=parts)
        return texts

    def _merged(self, texts: _Texts) -> Layer:
        own = self._of_files(texts, "user", self.folders.config)
        layer, _ = merged_and_validated(packaged_layer(), above=own)
        if self._project is not None:
            folder = self._project / _PROJECT_FOLDER
            layer = tightened(layer, project=self._of_files(texts, "project", folder))
        layer, _ = merged_and_validated(layer, above=_of_environment(self._environ))
        layer, config = merged_and_validated(layer, above=_of_flags(self._flags))
        return merged_and_validated(layer, above=self._last_resort(config))[0]

    def _of_files(self, texts: _Texts, layer: str, folder: Path) -> Layer:
        leaves: Layer = {}
        for section in SECTIONS:
            text = texts[layer, section]
            if text is not None:
                origin = printable(str(folder / f"{section}.yaml"), one_line=True)
                leaves |= parse_layer(text, section=section, origin=origin)
        return leaves

    def _last_resort(self, config: Config) -> Layer:
        """Fills what an OpenAI-compatible engine leaves open, and nothing that is set."""
        leaves: Layer = {}
        named = self._environ.get("OPENAI_BASE_URL", "").strip()
        for name, engine in config.model.engines.items():
            if engine.kind != "openai_compatible":
                continue
            path = ("model", "engines", name)
            url = engine.options.get("base_url")
            if url is None:
                leaves[*path, "base_url"] = (
                    Leaf(named, "environment variable OPENAI_BASE_URL")
                    if named
                    else Leaf(_HOSTED, "the default when OPENAI_BASE_URL is not set")
                )
            # The hosted service's key must not travel to whatever other server is configured.
            if engine.api_key_env is None and (url is None or _is_hosted(url)):
                origin = "environment variable OPENAI_API_KEY"
                leaves[*path, "api_key_env"] = Leaf("OPENAI_API_KEY", origin)
        return leaves


def _is_hosted(url: object) -> bool:
    try:
        return urlsplit(str(url)).hostname == urlsplit(_HOSTED).hostname
    except ValueError:
        return False


def _folders(user_dir: Path | None) -> Folders:
    return Folders(
        config=user_dir or platformdirs.user_config_path(_APP, appauthor=False),
        data=platformdirs.user_data_path(_APP, appauthor=False),
        cache=platformdirs.user_cache_path(_APP, appauthor=False),
        state=platformdirs.user_state_path(_APP, appauthor=False),
        logs=platformdirs.user_log_path(_APP, appauthor=False),
    )


def _of_environment(environ: Mapping[str, str]) -> Layer:
    leaves: Layer = {}
    for name, text in sorted(environ.items()):
        if name.startswith(_PREFIX):
            path = tuple(name.removeprefix(_PREFIX).lower().split("__"))
            origin = f"environment variable {name}"
            leaves[path] = Leaf(parse_value(text, path=path, origin=origin), origin)
    return leaves


def _of_flags(flags: Sequence[str]) -> Layer:
    leaves: Layer = {}
    for flag in flags:
        key, separator, text = flag.partition("=")
        path = tuple(key.strip().split("."))
        if not separator or not all(path):
            leaf = Leaf(flag, "--set")
            raise bad(("--set",), leaf=leaf, reason="write it as section.key=value.")
        origin = f"--set {dotted(path)}"
        leaves[path] = Leaf(parse_value(text, path=path, origin=origin), origin)
    return leaves


def _rank(path: KeyPath, order: Mapping[KeyPath, int]) -> int:
    """Returns the packaged position; engines of the person's own come after the packaged ones."""
    if path in order:
        return order[path]
    near = [index for known, index in order.items() if known[: len(path) - 1] == path[:-1]]
    return max(near) if near else max(i for p, i in order.items() if p[:2] == ("model", "engines"))


def _compared(running: Layer, fresh: Layer) -> tuple[list[Change], Layer]:
    changes: list[Change] = []
    result = dict(running)
    for path in sorted({*running, *fresh}):
        old, new = running.get(path), fresh.get(path)
        if old is not None and new is not None and old.value == new.value:
            result[path] = new
            continue
        applied = path in _RELOADABLE and new is not None
        if applied and new is not None:
            result[path] = new
        note = "" if applied else "This needs a restart; until then the old value holds."
        shown_old = hidden(path, value=old.value) if old else None
        shown_new = hidden(path, value=new.value) if new else None
        origin = new.origin if new else "removed"
        changes.append(Change(dotted(path), shown_old, shown_new, origin, applied, note))
    return changes, result
