"""What the documentation says can be done, done; what it names, looked up."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import cast

import pytest
from doc_pages import REPOSITORY, Page, anchors, pages, written

from playground.config import ConfigManager
from playground.config.validation import packaged_layer
from playground.domain.candidates import Usage
from playground.domain.errors import PlaygroundError
from playground.domain.findings import Finding, Severity, Span
from playground.domain.ports import Survey
from playground.domain.verdicts import Check, CheckStatus
from playground.plugins import adapters
from playground.surfaces import terminal
from playground.surfaces.working.lines import (
    check_object,
    finding_object,
    result_object,
    summary_object,
    tokens_object,
)
from playground.surfaces.working.outcomes import Outcome, Result, Totals
from playground.testing.workspace import FakeWorkspace

PAGES = pages()
KEY = re.compile(r"(?:model|cycles|tools)(?:\.[a-z_]+)+")
VARIABLE = re.compile(r"PLAYGROUND__[A-Z_]+")
NAMED_FILE = re.compile(r"# (?P<project>\.playground/)?(?P<name>(?:model|cycles|tools)\.yaml)\n")
FILE_NAMES = {"model.yaml", "cycles.yaml", "tools.yaml"}

# Every Python block is run, here or by the test named here.
PYTHON = {
    "README.md": "test_the_readmes_snippet_runs",
    "docs/how-to/memory.md": "tests/memory/test_memory_scripts.py",
    "docs/how-to/own-node.md": "tests/docs/test_own_node.py",
}

parsed = cast("Callable[[Sequence[str]], object]", vars(terminal)["_parsed"])
"""The terminal's own parser: what it takes is taken when it is typed."""


@cache
def known_keys() -> frozenset[str]:
    """Every setting, and every group of settings."""
    paths = [path for path in packaged_layer() if path[:2] != ("model", "engines")]
    paths.append(("model", "engines"))
    return frozenset(
        ".".join(path[:length]) for path in paths for length in range(2, len(path) + 1)
    )


def test_every_link_leads_to_a_file_and_a_heading() -> None:
    assert not [link for page in PAGES for link in page.dead_links()]


def test_every_page_of_the_documentation_is_listed() -> None:
    index = (REPOSITORY / "docs" / "README.md").read_text(encoding="utf-8")
    names = [page.path.relative_to(REPOSITORY / "docs").as_posix() for page in written()]
    listed = [name for name in names if name != "README.md" and not name.startswith("decisions/")]
    assert len(listed) > 7
    assert not [name for name in listed if f"({name})" not in index]


def test_every_block_says_what_it_is() -> None:
    told = [page for page in written() if not page.name.startswith("docs/decisions/")]
    kinds = {(page.name, block.kind) for page in told for block in page.blocks}
    assert {kind for _, kind in kinds} <= {"sh", "text", "python", "yaml"}, sorted(kinds)
    for page in PAGES:
        for text in page.of_kind("python"):
            ast.parse(text, filename=page.name)


def test_every_python_block_is_run_by_some_test() -> None:
    assert {page.name for page in PAGES if page.of_kind("python")} == set(PYTHON)


def test_the_readmes_snippet_runs(tmp_path: Path) -> None:
    (code,) = Page(REPOSITORY / "README.md").of_kind("python")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def unusable(words: Sequence[str]) -> str:
    """Says why a command line is not taken, "" when it is."""
    try:
        parsed(words)
    except SystemExit as ending:
        return "" if not ending.code else f"playground {' '.join(words)}"
    return ""


def test_every_command_line_is_taken_by_the_real_parser() -> None:
    typed = [(page.name, words) for page in PAGES for words in page.commands()]
    assert not [(name, line) for name, words in typed if (line := unusable(words))]


def test_command_lines_are_found_and_wrong_ones_noticed(tmp_path: Path) -> None:
    assert sum(len(list(page.commands())) for page in PAGES) >= 35
    wrong = tmp_path / "wrong.md"
    wrong.write_text("`playground undo`, `playground fly`\n```sh\nplayground check\n```\n")
    lines = list(Page(wrong).commands())
    assert len(lines) == 3
    assert all(unusable(words) for words in lines)


def test_every_command_is_shown_somewhere() -> None:
    shown = {words[0] for page in written() for words in page.commands() if words}
    assert not set(adapters("playground.surfaces.commands")) - shown


def strange_keys(page: Page) -> list[str]:
    """Returns the settings that a page names and that do not exist."""
    texts = [*page.inline, *page.of_kind("sh")]
    named_keys = {key for text in texts for key in KEY.findall(text)} - FILE_NAMES
    named_keys |= {
        variable.removeprefix("PLAYGROUND__").lower().replace("__", ".")
        for text in texts
        for variable in VARIABLE.findall(text)
    }
    return sorted(named_keys - known_keys())


def test_every_setting_that_is_named_exists() -> None:
    assert not [(page.name, keys) for page in written() if (keys := strange_keys(page))]


def test_a_setting_that_does_not_exist_is_noticed(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.md"
    wrong.write_text("`cycles.sample` and `PLAYGROUND__TOOLS__TIMEOUT=1`, `tools.memory`\n")
    assert strange_keys(Page(wrong)) == ["cycles.sample", "tools.timeout"]


def test_every_configuration_file_is_taken(tmp_path: Path) -> None:
    shown = [(page, text) for page in written() for text in page.of_kind("yaml")]
    assert shown
    for number, (page, text) in enumerate(shown):
        user, project = tmp_path / f"user{number}", tmp_path / f"project{number}"
        head = NAMED_FILE.match(text)
        assert head is not None, f"{page.name}: say in a first comment which file this is"
        folder = project / ".playground" if head["project"] else user
        folder.mkdir(parents=True)
        (folder / head["name"]).write_text(text, encoding="utf-8")
        taken = ConfigManager(project=project, user_dir=user, environ={}).explain()
        assert any(str(folder) in setting.origin for setting in taken)


def test_the_pages_set_what_they_say_on_the_command_line(tmp_path: Path) -> None:
    found = [
        word
        for page in written()
        for text in (*page.inline, *page.of_kind("sh"))
        for word in re.findall(r"--set ([a-z_.]+=\S+)", text)
    ]
    assert found
    ConfigManager(project=None, user_dir=tmp_path, environ={}, flags=found)


def test_wrong_configuration_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "cycles.yaml").write_text("cycles:\n  nodes: []\n", encoding="utf-8")
    with pytest.raises(PlaygroundError, match="no such setting"):
        ConfigManager(project=None, user_dir=tmp_path, environ={})


def test_every_file_of_the_repository_that_is_named_exists() -> None:
    inside = re.compile(r"(?:tests|docs|scripts|src|examples|bench|requirements)/[\w./-]*\w/?")
    names = [(page.name, t) for page in PAGES for t in page.inline if inside.fullmatch(t)]
    assert not [(page, name) for page, name in names if not (REPOSITORY / name).exists()]


def test_every_member_of_the_json_lines_is_explained() -> None:
    explained = set(Page(REPOSITORY / "docs" / "how-to" / "ci.md").inline)
    survey = Survey("/repo", (), (Check("ruff", "1", CheckStatus.OK, ()),), (), 0)
    finding = Finding("ruff", "B904", "Chain it", "a.py", Span(1, 1, 1, 2), Severity.ERROR)
    objects = [
        result_object(Result(Outcome.GAVE_UP, finding), workspace=FakeWorkspace({})),
        summary_object(Totals(findings=0, results=(), seconds=0.0), survey=survey),
        finding_object(finding),
        tokens_object(Usage()),
        check_object(survey.checks[0]),
    ]
    members = {member for one in objects for member in one} - {"type"}
    assert len(members) > 25
    assert not members - explained
    assert {outcome.value for outcome in Outcome} <= explained


def test_anchors_are_those_of_the_forge() -> None:
    assert anchors("# One\n\n## Approve: `a`\n") == {"one", "approve-a"}


def reference(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the script that makes the reference."""
    return subprocess.run(
        [sys.executable, str(REPOSITORY / "scripts" / "reference.py"), *arguments],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_reference_is_what_the_code_makes() -> None:
    done = reference("--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.slow
def test_a_stale_reference_is_noticed(tmp_path: Path) -> None:
    made = shutil.copytree(REPOSITORY / "docs" / "reference", tmp_path / "reference")
    (made / "errors.md").write_text("old\n", encoding="utf-8")
    done = reference("--check", "--folder", str(made))
    assert done.returncode == 1
    assert "errors.md differs" in done.stdout
