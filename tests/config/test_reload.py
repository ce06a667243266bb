from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import playground.config
from playground.config import ConfigManager
from playground.security.logs import (
    FILE_NAME,
    LogSettings,
    close_logging,
    configure_logging,
    get_logger,
)


@pytest.fixture
def user(tmp_path: Path) -> Path:
    folder = tmp_path / "user"
    folder.mkdir()
    return folder


@pytest.fixture
def manager(user: Path) -> ConfigManager:
    return ConfigManager(project=None, environ={}, user_dir=user)


def test_nothing_new_is_nothing(manager: ConfigManager) -> None:
    assert manager.reload() == []


def test_limits_and_the_log_level_are_taken_over(manager: ConfigManager, user: Path) -> None:
    (user / "cycles.yaml").write_text("attempts_max: 5\n")
    (user / "tools.yaml").write_text("logs: {level: debug}\ninput: {requests_per_minute: 7}\n")
    changes = {change.key: change for change in manager.reload()}
    assert set(changes) == {
        "cycles.attempts_max",
        "tools.logs.level",
        "tools.input.requests_per_minute",
    }
    change = changes["cycles.attempts_max"]
    assert (change.old, change.new, change.applied, change.note) == (3, 5, True, "")
    assert change.origin == f"{user / 'cycles.yaml'}:1"
    assert manager.config.cycles.attempts_max == 5
    assert manager.config.tools.logs.level == "debug"
    assert manager.reload() == []
    (user / "cycles.yaml").unlink()
    assert [(c.key, c.new) for c in manager.reload()] == [("cycles.attempts_max", 3)]


def test_the_log_level_holds_at_once(manager: ConfigManager, user: Path, tmp_path: Path) -> None:
    configure_logging(LogSettings(tmp_path / "log", level="info"))
    (user / "tools.yaml").write_text("logs: {level: error}\n")
    manager.reload()
    get_logger("x").info("too quiet")
    get_logger("x").error("loud")
    close_logging()
    text = (tmp_path / "log" / FILE_NAME).read_text()
    assert "loud" in text
    assert "too quiet" not in text


def test_other_changes_need_a_restart(manager: ConfigManager, user: Path) -> None:
    (user / "model.yaml").write_text("engine: small\nrequests_per_minute: 5\n")
    (user / "cycles.yaml").write_text("samples: 1\n")
    changes = {change.key: change for change in manager.reload()}
    assert not changes["model.engine"].applied
    assert "restart" in changes["model.engine"].note
    assert changes["model.requests_per_minute"].applied
    assert changes["cycles.samples"].applied
    assert manager.config.model.engine == "local"
    assert manager.config.model.requests_per_minute == 5
    assert manager.config.cycles.samples == 1
    assert {s.key: s.value for s in manager.explain()}["model.engine"] == "local"
    assert manager.reload() == []


def test_an_engine_that_is_added_or_removed_needs_a_restart(user: Path) -> None:
    (user / "model.yaml").write_text("engines: {own: {kind: scripted, file: a}}\n")
    manager = ConfigManager(project=None, environ={}, user_dir=user)
    (user / "model.yaml").write_text("engines: {other: {kind: scripted}}\n")
    assert not any(change.applied for change in manager.reload())
    assert set(manager.config.model.engines) == {"local", "small", "openai", "own"}


@pytest.mark.parametrize("text", ["attempts_max: 99\n", "attempts_max: [\n", "nonsense: 1\n"])
def test_a_bad_file_changes_nothing_and_is_reported_once(
    manager: ConfigManager, user: Path, text: str
) -> None:
    before = manager.config
    (user / "cycles.yaml").write_text(text)
    (change,) = manager.reload()
    assert not change.applied
    assert "cycles" in change.key
    assert str(user / "cycles.yaml") in change.note
    assert manager.config == before
    assert manager.reload() == []
    (user / "cycles.yaml").write_text("attempts_max: 4\n")
    assert [c.new for c in manager.reload()] == [4]
    (user / "cycles.yaml").write_text(text)
    assert len(manager.reload()) == 1


def test_a_mended_file_without_a_change_is_quiet(manager: ConfigManager, user: Path) -> None:
    (user / "cycles.yaml").write_text("attempts_max: 99\n")
    assert len(manager.reload()) == 1
    (user / "cycles.yaml").unlink()
    assert manager.reload() == []


def test_a_project_cannot_loosen_while_running(user: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / ".playground").mkdir(parents=True)
    manager = ConfigManager(project=project, environ={}, user_dir=user)
    (project / ".playground" / "cycles.yaml").write_text("attempts_max: 9\n")
    (change,) = manager.reload()
    assert not change.applied
    assert manager.config.cycles.attempts_max == 3


def test_importing_the_package_loads_no_library() -> None:
    code = (
        "import sys, playground.config, playground.plugins\n"
        "heavy = {'pydantic', 'yaml', 'structlog', 'platformdirs', 'limits'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "from playground.config import ConfigManager\n"
        "assert 'pydantic' in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="Nothing"):
        getattr(playground.config, "Nothing".strip())
