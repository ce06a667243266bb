"""A repository may be written by anybody: its layer can only make things stricter."""

from __future__ import annotations

import os
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from playground.config import Config, ConfigManager
from playground.config.settings import KeyPath
from playground.config.tightening import TIGHTENABLE, Way
from playground.config.validation import packaged_layer
from playground.domain.errors import BadConfiguration

PAID = """\
budgets: {money_per_session: 0.5}
engines:
  paid:
    kind: openai_compatible
    base_url: https://models.example/v1
    price: {prompt: 0.1, completion: 0.2}
    limits: {money_per_day: 5.00}
"""
MODES = ("off", "basic", "standard", "strict")
RULES = ("E", "F", "B", "S", "S101", "RUF", "C408", "SIM105")


@pytest.fixture
def user(tmp_path: Path) -> Path:
    folder = tmp_path / "user"
    folder.mkdir()
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".playground").mkdir(parents=True)
    return folder


def write(project: Path, section: str, text: str) -> None:
    (project / ".playground" / f"{section}.yaml").write_text(text)


def read(user: Path, project: Path) -> Config:
    return ConfigManager(project=project, environ={}, user_dir=user).config


@pytest.mark.parametrize(
    ("section", "text"),
    [
        ("model", "engine: small"),
        ("model", "engines: {local: {model: evil}}"),
        ("model", "engines: {openai: {base_url: 'https://evil.example/v1'}}"),
        ("model", "engines: {openai: {api_key_env: HOME}}"),
        ("model", "engines: {mine: {kind: sglang, model: m, command: [/bin/sh, -c, date]}}"),
        ("model", "engines: {openai: {admin_api_key_env: HOME}}"),
        ("model", "engines: {openai: {api_key: x}}"),
        ("model", "engines: {new: {kind: llama_cpp}}"),
        ("model", "engines: {new: {limits: {tokens_per_day: 1}}}"),
        ("model", "engines: {paid: {limits: {money_per_day: 5.01}}}"),
        ("model", "engines: {paid: {price: {prompt: 0, completion: 0}}}"),
        ("model", "engines: {local: {limits: {context_tokens: 1}}}"),
        ("model", "cascade: [small, local]"),
        ("model", "budgets: {money_per_session: 0.51}"),
        ("model", "currency: EUR"),
        ("model", "sampling: {temperature: 0.1}"),
        ("model", "request_deadline_s: 1000.0"),
        ("cycles", "attempts_max: 4"),
        ("cycles", "tokens_max: 16001"),
        ("cycles", "nodes: ['evil.py:Node']"),
        ("cycles", "nodes: []"),
        ("tools", "editor: evil"),
        ("tools", "file_bytes_max: 1000"),
        ("tools", "room: open"),
        ("tools", "logs: {level: error}"),
        ("tools", "logs: {file_bytes_max: 10000}"),
        ("tools", "rules: {ignore: [F]}"),
        ("tools", "rules: {ignore: [S101, B006]}"),
        ("tools", "pyright: {mode: basic}"),
        ("tools", "input: {chars_max: 9000}"),
        ("tools", "timeout_s: 121"),
    ],
)
def test_what_loosens_or_is_not_its_to_set_is_refused(
    user: Path, project: Path, section: str, text: str
) -> None:
    write(project, section, text + "\n")
    (user / "model.yaml").write_text(PAID)
    with pytest.raises(BadConfiguration) as caught:
        read(user, project)
    message = str(caught.value)
    assert f"{project}/.playground/{section}.yaml:1" in message
    assert caught.value.key.startswith(f"{section}.")
    assert message.endswith(".")


def test_what_tightens_is_taken(user: Path, project: Path) -> None:
    write(project, "cycles", "attempts_max: 2\nsources: [tool]\n")
    write(
        project,
        "tools",
        "analyzers: [pyright, extra]\nrules: {select: [RUF], ignore: [S101]}\n"
        "pyright: {mode: strict}\nmemory: {enabled: false}\n",
    )
    write(project, "model", "requests_per_minute: 3\nrequest_deadline_s: 5\n")
    config = read(user, project)
    below = read(user, user)
    assert config.cycles.attempts_max == 2
    assert config.cycles.sources == ("tool",)
    assert config.tools.analyzers == (*below.tools.analyzers, "extra")
    assert config.tools.rules.select == (*below.tools.rules.select, "RUF")
    assert config.tools.rules.ignore == ("S101",)
    assert config.tools.pyright.mode == "strict"
    assert not config.tools.memory.enabled
    assert config.model.requests_per_minute == 3


def test_limits_of_engines_that_exist_may_be_tightened(user: Path, project: Path) -> None:
    (user / "model.yaml").write_text(PAID)
    write(
        project,
        "model",
        "engines: {paid: {limits: {money_per_day: 0.1, tokens_per_day: 9}}, "
        "local: {limits: {requests_per_minute: 2}}}\nbudgets: {money_per_session: 0.5}\n",
    )
    engines = read(user, project).model.engines
    assert engines["paid"].limits.money_per_day == Decimal("0.1")
    assert engines["paid"].limits.tokens_per_day == 9
    assert engines["paid"].options == {"base_url": "https://models.example/v1"}
    assert engines["local"].limits.requests_per_minute == 2


def test_the_person_stands_above_the_project(user: Path, project: Path) -> None:
    write(project, "cycles", "attempts_max: 2\n")
    flags = ["cycles.attempts_max=9"]
    manager = ConfigManager(project=project, flags=flags, environ={}, user_dir=user)
    assert manager.config.cycles.attempts_max == 9


def test_memory_that_the_person_switched_off_stays_off(user: Path, project: Path) -> None:
    (user / "tools.yaml").write_text("memory: {enabled: false}\n")
    write(project, "tools", "memory: {enabled: true}\n")
    with pytest.raises(BadConfiguration, match=r"tools\.memory\.enabled.*only false"):
        read(user, project)


def test_links_and_devices_are_refused(user: Path, project: Path, tmp_path: Path) -> None:
    file = project / ".playground" / "cycles.yaml"
    secret = tmp_path / "secret"
    secret.write_text("topsecret: 1\n")
    file.symlink_to(secret)
    with pytest.raises(BadConfiguration, match="links") as caught:
        read(user, project)
    assert "topsecret" not in str(caught.value)
    file.unlink()
    os.mkfifo(file)  # must not hang
    with pytest.raises(BadConfiguration, match="regular"):
        read(user, project)
    file.unlink()
    file.mkdir()
    with pytest.raises(BadConfiguration, match="regular"):
        read(user, project)


def test_a_linked_folder_is_refused(user: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    project = tmp_path / "linked"
    project.mkdir()
    (project / ".playground").symlink_to(elsewhere)
    with pytest.raises(BadConfiguration, match="links"):
        read(user, project)


def test_a_large_file_is_refused(user: Path, project: Path) -> None:
    write(project, "cycles", "#" * 100_000)
    with pytest.raises(BadConfiguration, match="larger than"):
        read(user, project)


VALUES = st.one_of(
    st.integers(-3, 20_000),
    st.integers(),
    st.floats(-1, 2000, allow_nan=False).map(lambda f: round(f, 2)),
    st.booleans(),
    st.none(),
    st.sampled_from(MODES),
    st.lists(st.sampled_from(["tool", "engine", "samples", "ruff", "pyright", "eslint"])),
    st.lists(st.sampled_from(RULES)),
)
KEYS = sorted(packaged_layer())
SETTINGS = st.lists(st.tuples(st.sampled_from([*TIGHTENABLE, *KEYS]), VALUES), max_size=4)
PERSONS = st.fixed_dictionaries(
    {},
    optional={
        ("cycles", "attempts_max"): st.integers(1, 10),
        ("cycles", "wall_s_max"): st.floats(1, 3600).map(lambda f: round(f, 1)),
        ("cycles", "sources"): st.just(["engine", "tool"]),
        ("model", "budgets", "tokens_per_day"): st.integers(1, 20_000),
        ("model", "budgets", "money_per_day"): st.sampled_from([0.1, 2.5, 100]),
        ("tools", "pyright", "mode"): st.sampled_from(MODES),
        ("tools", "memory", "enabled"): st.booleans(),
        ("tools", "rules", "ignore"): st.just(["S101", "C408"]),
    },
)


def save(folder: Path, leaves: dict[KeyPath, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for section in ("model", "cycles", "tools"):
        tree: dict[str, object] = {}
        for path, value in leaves.items():
            if path[0] == section:
                group = tree
                for word in path[1:-1]:
                    group = cast("dict[str, object]", group.setdefault(word, {}))
                group[path[-1]] = value
        (folder / f"{section}.yaml").write_text(yaml.safe_dump(tree))


def looser(way: Way, old: object, new: object) -> bool:
    if way is Way.SMALLER and (old is None or new is None):
        return old is not None
    if way is Way.SMALLER:
        return cast("float", new) > cast("float", old)
    if way is Way.ADDED:
        return not set(cast("tuple[str, ...]", old)) <= set(cast("tuple[str, ...]", new))
    if way is Way.FEWER:
        return not set(cast("tuple[str, ...]", new)) <= set(cast("tuple[str, ...]", old))
    if way is Way.OFF:
        return bool(new) and not old
    return MODES.index(str(new)) < MODES.index(str(old))


def value_of(config: Config, path: KeyPath) -> object:
    value: object = config
    for word in path:
        value = cast("object", getattr(value, word))
    return value


@given(own=PERSONS, foreign=SETTINGS)
def test_no_project_can_loosen_anything(
    own: dict[KeyPath, object], foreign: list[tuple[KeyPath, object]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        save(base / "user", own)
        save(base / "project" / ".playground", dict(foreign))
        before = ConfigManager(project=None, environ={}, user_dir=base / "user").config
        try:
            after = read(base / "user", base / "project")
        except BadConfiguration:
            return
        for path, way in TIGHTENABLE.items():
            assert not looser(way, value_of(before, path), value_of(after, path)), path
        untouched = [path for path in KEYS if path not in TIGHTENABLE and path[1] != "engines"]
        for path in untouched:
            assert value_of(before, path) == value_of(after, path)
        assert before.model.engines == after.model.engines


def test_the_property_would_see_a_loosening() -> None:
    assert looser(Way.SMALLER, 3, 4)
    assert looser(Way.SMALLER, 3, None)
    assert not looser(Way.SMALLER, None, 3)
    assert looser(Way.ADDED, ("a", "b"), ("a",))
    assert looser(Way.FEWER, ("a",), ("a", "b"))
    assert looser(Way.OFF, old=False, new=True)
    assert looser(Way.STRICTER, "strict", "basic")


def test_every_setting_is_either_tightenable_or_refused(user: Path, project: Path) -> None:
    for path in KEYS:
        if path in TIGHTENABLE:
            continue
        save(project / ".playground", {path: "x"})
        with pytest.raises(BadConfiguration, match="may not set this"):
            read(user, project)
