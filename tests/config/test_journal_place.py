"""Where the journal lies: the person's own configuration says it, and its password is hidden."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from playground.config import ConfigManager
from playground.config.tightening import TIGHTENABLE
from playground.domain.errors import BadConfiguration, StorageUnavailable
from playground.journal.places import JournalPlaces
from playground.journal.sqlite import SqliteJournal

URL = "PLAYGROUND__TOOLS__JOURNAL__URL"
FILE = "PLAYGROUND__TOOLS__JOURNAL__PASSWORD_FILE"


def manager(
    folder: Path, environ: Mapping[str, str] | None = None, *, project: Path | None = None
) -> ConfigManager:
    return ConfigManager(project=project, environ=environ or {}, user_dir=folder / "config")


def shown(manager: ConfigManager) -> str:
    return "\n".join(f"{setting.key} {setting.value}" for setting in manager.explain())


@pytest.mark.parametrize(
    ("login", "words"),
    [
        ("me:s3cret-word@", ["s3cret-word"]),
        ("me:h4lf/s3cret@w0rd@", ["h4lf", "s3cret", "w0rd"]),
        ("me:s3cret%2Fword@", ["s3cret%2Fword", "s3cret/word"]),
    ],
)
def test_a_password_in_the_url_is_shown_nowhere(
    login: str, words: list[str], tmp_path: Path
) -> None:
    made = manager(tmp_path, {URL: f"postgresql://{login}db.example/x?password=qu3ry"})
    text = shown(made)
    assert "db.example/x" in text
    assert not [word for word in [*words, "qu3ry"] if word in text]
    assert login.removeprefix("me:").removesuffix("@") in made.secrets


@pytest.mark.parametrize("url", ["mysql://me:s3cret-word@x/y", "postgresql://me:s3cret word@x/y"])
def test_what_is_no_such_url_is_refused_without_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration) as caught:
        manager(tmp_path, {URL: url})
    assert "s3cret" not in str(caught.value)


def test_a_password_may_lie_in_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("pass word-12 \n")
    path.chmod(0o600)
    made = manager(tmp_path, {FILE: str(path)})
    assert made.journal_password() == "pass word-12 "
    assert "pass word-12 " in made.secrets
    assert manager(tmp_path).journal_password() == ""


def test_a_password_that_everybody_may_read_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "password"
    with pytest.raises(BadConfiguration, match="no such file"):
        manager(tmp_path, {FILE: str(path)}).journal_password()
    path.write_text("s3cret-word")
    path.chmod(0o604)
    with pytest.raises(BadConfiguration, match="chmod 600") as caught:
        manager(tmp_path, {FILE: str(path)}).journal_password()
    assert "s3cret-word" not in str(caught.value)


@pytest.mark.parametrize("key", ["url", "password_file"])
def test_no_repository_says_where_the_journal_lies(key: str, tmp_path: Path) -> None:
    assert ("tools", "journal", key) not in TIGHTENABLE
    project = tmp_path / "project"
    (project / ".playground").mkdir(parents=True)
    value = {"url": "postgresql://me@evil.example/x", "password_file": "/etc/passwd"}[key]
    (project / ".playground" / "tools.yaml").write_text(f"journal:\n  {key}: {value}\n")
    with pytest.raises(BadConfiguration, match="a project may not set this"):
        manager(tmp_path, project=project)


def test_without_a_url_it_is_a_file(tmp_path: Path) -> None:
    journal = JournalPlaces("", str, tmp_path).open()
    assert isinstance(journal, SqliteJournal)
    assert (tmp_path / "journal.sqlite").exists()
    journal.close()


def test_a_journal_that_cannot_be_opened_says_so_when_it_is_used(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").mkdir()
    journal = JournalPlaces("", str, tmp_path).open()
    for use in (journal.runs, journal.verify, journal.join, lambda: journal.load("x")):
        with pytest.raises(StorageUnavailable, match=r"journal\.sqlite has trouble"):
            use()
    journal.close()
