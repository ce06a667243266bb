from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from pydantic import BaseModel

import playground.config
from playground.config import ConfigManager
from playground.domain.errors import BadConfiguration
from playground.domain.tasks import Policy, Source


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


def manager(
    user: Path, project: Path | None = None, environ: dict[str, str] | None = None
) -> ConfigManager:
    return ConfigManager(project=project, environ=environ or {}, user_dir=user)


def origin_of(configured: ConfigManager, key: str) -> tuple[object, str]:
    found = [s for s in configured.explain() if s.key == key]
    assert len(found) == 1, key
    return found[0].value, found[0].origin


def trouble(user: Path, project: Path | None = None, *flags: str, **environ: str) -> str:
    with pytest.raises(BadConfiguration) as caught:
        ConfigManager(project=project, flags=flags, environ=environ, user_dir=user)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith((".", "?"))
    return message


def test_packaged_defaults_give_the_default_policy(user: Path) -> None:
    config = manager(user).config
    assert config.policy() == Policy()
    assert config.model.engines["local"].options == {"model": "qwen2.5-coder-1.5b"}
    assert config.policy(engine="small").engine == "small"


def test_memory_bounds_the_examples(user: Path) -> None:
    (user / "tools.yaml").write_text("memory:\n  examples: 1\n")
    assert manager(user).config.policy().examples_max == 1
    (user / "cycles.yaml").write_text("examples_max: 0\n")
    assert manager(user).config.policy().examples_max == 0


def test_without_memory_no_example_is_shown(user: Path) -> None:
    (user / "tools.yaml").write_text("memory:\n  enabled: false\n")
    assert manager(user).config.policy().examples_max == 0


def test_each_layer_wins_over_the_one_below_and_is_named(user: Path, project: Path) -> None:
    key = "cycles.attempts_max"
    assert origin_of(manager(user), key)[1].startswith("packaged cycles.yaml:")
    (user / "cycles.yaml").write_text("# mine\nattempts_max: 8\n")
    assert origin_of(manager(user), key) == (8, f"{user / 'cycles.yaml'}:2")
    file = project / ".playground" / "cycles.yaml"
    file.write_text("\n\nattempts_max: 5\n")
    assert origin_of(manager(user, project), key) == (5, f"{file}:3")
    named = {"PLAYGROUND__CYCLES__ATTEMPTS_MAX": "6"}
    layered = manager(user, project, named)
    assert origin_of(layered, key) == (6, "environment variable PLAYGROUND__CYCLES__ATTEMPTS_MAX")
    flagged = ConfigManager(
        project=project, environ=named, user_dir=user, flags=["cycles.attempts_max=2"]
    )
    assert origin_of(flagged, key) == (2, "--set cycles.attempts_max")
    assert flagged.config.cycles.attempts_max == 2


def test_a_group_without_members_changes_nothing(user: Path) -> None:
    (user / "tools.yaml").write_text("memory:\n  # enabled: false\nlogs: {}\n")
    assert manager(user).config == manager(user / "absent").config


def test_an_engine_of_ones_own_beside_the_packaged(user: Path) -> None:
    (user / "model.yaml").write_text(
        "engine: box\nengines:\n  box:\n    kind: openai_compatible\n"
        "    base_url: http://127.0.0.1:8000/v1\n    headers: {x-team: blue}\n"
    )
    engines = manager(user).config.model.engines
    assert set(engines) == {"local", "small", "openai", "box"}
    assert engines["box"].options["headers"] == {"x-team": "blue"}


def test_another_kind_drops_the_options_of_the_old_one(user: Path) -> None:
    (user / "model.yaml").write_text("engines: {local: {kind: scripted, file: a.yaml}}\n")
    engine = manager(user).config.model.engines["local"]
    assert (engine.kind, dict(engine.options)) == ("scripted", {"file": "a.yaml"})


def test_openai_variables_fill_only_what_is_open(user: Path) -> None:
    (user / "model.yaml").write_text(
        "engines:\n  box: {kind: openai_compatible, base_url: 'http://127.0.0.1:8000/v1'}\n"
    )
    there = {"OPENAI_BASE_URL": "https://inference.lan/v1", "OPENAI_API_KEY": "k" * 20}
    configured = manager(user, environ=there)
    engines = configured.config.model.engines
    assert engines["openai"].options["base_url"] == "https://inference.lan/v1"
    assert origin_of(configured, "model.engines.openai.base_url")[1].endswith("OPENAI_BASE_URL")
    assert engines["box"].options["base_url"] == "http://127.0.0.1:8000/v1"
    # The hosted service's key must not be sent to another server that asks for none.
    assert engines["box"].api_key_env is None
    assert "base_url" not in engines["local"].options
    assert manager(user).config.model.engines["openai"].options["base_url"]


def test_secrets_come_from_named_variables_alone(user: Path) -> None:
    configured = manager(user, environ={"OPENAI_API_KEY": "planted-key-0123", "OTHER": "x"})
    assert configured.secret("OPENAI_API_KEY") == "planted-key-0123"
    assert configured.secrets == {"planted-key-0123"}
    assert configured.log_settings().secrets == {"planted-key-0123"}
    assert "planted" not in repr(configured.log_settings())
    assert manager(user).secret("OPENAI_API_KEY") == ""
    with pytest.raises(BadConfiguration, match="api_key_env"):
        configured.secret("OTHER")


def test_explain_hides_secrets(user: Path) -> None:
    key = "sk-ant-api03-" + "aB3dE5gH7jK9mN1pQ3sT5"
    (user / "model.yaml").write_text(
        "engines:\n  box:\n    kind: openai_compatible\n"
        f"    base_url: https://me:hunter2@box.lan/v1\n    note: {key}\n"
    )
    text = repr(manager(user).explain())
    assert "hunter2" not in text
    assert key not in text
    assert "box.lan" in text


@pytest.mark.parametrize("name", ["api_key", "token", "client_secret", "password", "hf_token"])
def test_a_key_in_a_file_is_refused_and_not_repeated(user: Path, name: str) -> None:
    (user / "model.yaml").write_text(f"engines: {{local: {{{name}: super-private}}}}\n")
    message = trouble(user)
    assert "super-private" not in message
    assert "api_key_env" in message


def test_editor(user: Path) -> None:
    assert manager(user).editor == "vi"
    assert manager(user, environ={"EDITOR": "nano", "VISUAL": ""}).editor == "nano"
    assert (
        manager(user, environ={"EDITOR": "nano", "VISUAL": "code --wait"}).editor == "code --wait"
    )
    (user / "tools.yaml").write_text("editor: hx\n")
    assert manager(user, environ={"VISUAL": "code --wait"}).editor == "hx"


def test_folders_follow_the_platform(user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/elsewhere")
    folders = ConfigManager(project=None, environ={}).folders
    assert folders.data == Path("/elsewhere/playground")
    assert folders.config.name == "playground"
    assert manager(user).folders.config == user


@pytest.mark.parametrize(
    ("flag", "parts"),
    [
        ("cycles.attempts_max=11", ("cycles.attempts_max = 11", "--set", "at most 10")),
        ("cycles.attempts_max=0", ("at least 1",)),
        ("cycles.attempts_max=3.5", ("whole number",)),
        ("cycles.attempts_max=true", ("whole number",)),
        ("cycles.attempts_max='3'", ("whole number",)),
        ("cycles.attempts_max=", ("whole number",)),
        ("cycles.samples=012", ("cannot be read",)),
        ("cycles.wall_s_max=.inf", ("cannot be read",)),
        ("cycles.wall_s_max=1" + "0" * 5000, ("cycles.wall_s_max",)),
        ("cycles.attemps_max=2", ("did you mean cycles.attempts_max?",)),
        ("attempts_max=2", ("did you mean cycles.attempts_max?",)),
        ("tool.timeout_s=2", ("did you mean tools.timeout_s?",)),
        ("zzz.qqq=2", ("config show",)),
        ("cycles.sources=[tool, foo]", ("'tool', 'recipe', 'engine' or 'samples'",)),
        ("cycles.sources=[tool, tool]", ("twice",)),
        ("cycles.sources=[]", ("at least 1",)),
        ("cycles.sources=tool", ("write a list",)),
        ("cycles.nodes=[nothing]", ("cycles.nodes",)),
        ("cycles.nodes=[1]", ("write a text",)),
        ("model.engine=nope", ("choose one of: local, openai, small",)),
        ("model.engines.new.model=x", ("model.engines.new.kind", "set it")),
        ("model.engines.Bad Name.kind=x", ("name an engine with",)),
        ("model.sampling.top_p=0", ("more than 0",)),
        ("tools.memory.enabled=off", ("true or false",)),
        ("tools.rules.select=['a b']", ("tools.rules.select",)),
        ("tools.pyright=3", ("this is a group",)),
        ("tools.editor=a: b", ("quotation marks",)),
        ("cycles.samples=*x", ("aliases",)),
        ("tools.editor=" + "[" * 5000, ("nested",)),
        ("tools.editor='" + "x" * 70_000, ("longer than",)),
        ("tools.editor=\x00", ("not plain YAML",)),
        ("nothing", ("section.key=value",)),
        ("=3", ("section.key=value",)),
        ("a..b=3", ("section.key=value",)),
        ("model=3", ("this is a group",)),
        ("\x1b[31mred.x=3", (r"\x1b",)),
    ],
)
def test_what_is_wrong_is_said(user: Path, flag: str, parts: tuple[str, ...]) -> None:
    message = trouble(user, None, flag)
    for part in parts:
        assert part in message
    assert len(message) < 1000
    assert message.isprintable()


def test_a_list_that_is_not_flat_is_refused(user: Path) -> None:
    assert "flat" in trouble(user, None, "tools.rules.select=[F, [B]]")


def test_an_unknown_variable_is_said(user: Path) -> None:
    message = trouble(user, None, PLAYGROUND__CYCLES__ATTEMPT_MAX="2")
    assert "environment variable PLAYGROUND__CYCLES__ATTEMPT_MAX" in message
    assert "cycles.attempts_max?" in message


def test_the_packaged_files_hold_every_setting_and_a_comment_for_each() -> None:
    folder = Path(playground.config.__path__[0])
    keys = {setting.key for setting in manager(folder / "absent").explain()}
    config = manager(folder / "absent").config
    for section in ("model", "cycles", "tools"):
        expected = set(fields_of(cast("BaseModel", getattr(config, section)), section))
        assert expected <= {key for key in keys if not key.startswith("model.engines.")}
        lines = (folder / f"{section}.yaml").read_text().splitlines()
        for number, line in enumerate(lines):
            if line.strip() and not line.lstrip().startswith("#") and "# " not in line:
                above = lines[number - 1].strip()
                grouped = line.rstrip().endswith(":") or line.startswith("  ")
                assert above.startswith("#") or not above or grouped, line


def fields_of(model: BaseModel, prefix: str) -> list[str]:
    result: list[str] = []
    for name in type(model).model_fields:
        value: object = getattr(model, name)
        key = f"{prefix}.{name}"
        if isinstance(value, BaseModel):
            result += fields_of(value, key)
        elif key != "model.engines":
            result.append(key)
    return result


def test_sources_keep_their_order(user: Path) -> None:
    flags = ["cycles.sources=[engine, tool]"]
    config = ConfigManager(project=None, environ={}, user_dir=user, flags=flags).config
    assert config.policy().sources == (Source.ENGINE, Source.TOOL)


def test_nothing_can_be_changed_afterwards(user: Path) -> None:
    config = manager(user).config
    with pytest.raises(ValueError, match="frozen"):
        type(config.cycles).__setattr__(config.cycles, "attempts_max", 9)


def test_both_keys_of_an_engine_come_from_named_variables_and_count_as_secrets(user: Path) -> None:
    engine = "gpu: {kind: sglang, api_key_env: ASKS, admin_api_key_env: CHANGES}"
    (user / "model.yaml").write_text(f"engines: {{{engine}}}\n")
    environ = {"ASKS": "sk-for-asking-1", "CHANGES": "sk-for-changing-1", "OTHER": "sk-other-1234"}
    made = manager(user, environ=environ)
    gpu = made.config.model.engines["gpu"]
    assert gpu.key_names == {"api_key": "ASKS", "admin_api_key": "CHANGES"}
    assert not gpu.options
    assert made.secret("CHANGES") == "sk-for-changing-1"
    assert {"sk-for-asking-1", "sk-for-changing-1"} <= made.secrets
    with pytest.raises(BadConfiguration, match="names this variable"):
        made.secret("OTHER")
