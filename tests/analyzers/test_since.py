"""What is new since a revision: with real repositories and ruff, without running git."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest
from analysis_world import WordAnalyzer, gate_over, put

from playground.analyzers.gate.gate import StaticGate
from playground.domain.comparisons import Comparison
from playground.domain.errors import BadInput
from playground.domain.verdicts import CheckStatus

FILES = {
    "a.py": "import os\n\n\ndef f(x):\n    return x == None\n",
    "pkg/b.py": "from a import f\n\nassert f\n",
    "pkg/c.py": "import sys\n",
}


ENVIRONMENT = {
    "PATH": os.defpath,
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_NAME": "Ada" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "ada@example.org" for who in ("AUTHOR", "COMMITTER")},
}


def git(folder: Path, *words: str) -> str:
    command = ["git", *words]
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, check=True)
    return done.stdout.decode()


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "change")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = put(tmp_path / "repo", FILES)
    git(root, "init", "-q", "-b", "main")
    commit(root)
    return root


@pytest.fixture
def gate(tmp_path: Path) -> Generator[StaticGate]:
    with gate_over(tmp_path) as made:
        yield made


def since(gate: StaticGate, root: Path, *paths: str, revision: str = "HEAD") -> Comparison:
    return gate.survey_since(root, revision=revision, paths=paths)


def told(found: Comparison) -> list[tuple[str, str]]:
    return [(f.path, f.rule) for f in found.new]


def test_nothing_is_new_where_nothing_changed(repo: Path, gate: StaticGate) -> None:
    found = since(gate, repo)
    assert (found.new, found.absent, found.files) == ((), (), 0)
    assert found.commit == git(repo, "rev-parse", "HEAD").strip()
    assert [check.status for check in found.checks] == [CheckStatus.OK]


def test_moved_lines_are_not_new_and_another_fault_is(repo: Path, gate: StaticGate) -> None:
    put(repo, {"a.py": "'''About a.'''\n\nimport json\n" + FILES["a.py"]})
    found = since(gate, repo)
    assert told(found) == [("a.py", "F401")]
    assert "json" in found.new[0].message
    assert found.unchanged == 2
    assert found.absent == ()


def test_a_mended_fault_is_gone_and_does_not_pay_for_a_new_one(
    repo: Path, gate: StaticGate
) -> None:
    put(repo, {"a.py": "def f(x):\n    return x is None\n\n\ndef g():\n    import json\n"})
    found = since(gate, repo)
    assert told(found) == [("a.py", "F401")]
    assert sorted(f.rule for f in found.absent) == ["E711", "F401"]


def test_importers_of_a_changed_file_are_looked_at(repo: Path, gate: StaticGate) -> None:
    put(repo, {"a.py": FILES["a.py"] + "\n"})
    assert since(gate, repo).files == 2
    assert since(gate, repo, "a.py").files == 1


def test_new_and_removed_files_count(repo: Path, gate: StaticGate) -> None:
    put(repo, {"new.py": "import re\n"})
    (repo / "pkg/c.py").unlink()
    found = since(gate, repo)
    assert told(found) == [("new.py", "F401")]
    assert [(f.path, f.rule) for f in found.absent] == [("pkg/c.py", "F401")]


@pytest.mark.parametrize("more", ["", "\n\nx = 1\n"])
def test_a_renamed_file_brings_nothing_new(repo: Path, gate: StaticGate, more: str) -> None:
    text = (repo / "a.py").read_text()
    (repo / "a.py").unlink()
    put(repo, {"lib/renamed.py": text + more})
    found = since(gate, repo)
    assert (told(found), found.absent) == ([], ())
    assert found.unchanged == 2
    put(repo, {"lib/renamed.py": "import re\n" + text})
    assert told(since(gate, repo)) == [("lib/renamed.py", "F401")]


def test_line_ends_that_git_changed_are_no_change(repo: Path, gate: StaticGate) -> None:
    put(repo, {path: text.replace("\n", "\r\n") for path, text in FILES.items()})
    assert since(gate, repo).files == 0
    put(repo, {"a.py": "import json\r\n" + FILES["a.py"].replace("\n", "\r\n")})
    found = since(gate, repo)
    assert told(found) == [("a.py", "F401")]
    assert found.unchanged == 2


def test_only_what_was_asked_about_is_told(repo: Path, gate: StaticGate) -> None:
    put(repo, {"a.py": "import json\n" + FILES["a.py"], "pkg/c.py": "import sys\nimport re\n"})
    assert told(since(gate, repo, "pkg")) == [("pkg/c.py", "F401")]
    found = gate.survey_since(repo, revision="HEAD", paths=(), rules=("E",))
    assert told(found) == []
    with pytest.raises(BadInput):
        since(gate, repo, "missing.py")


def test_a_fault_that_a_comment_silences_stays_silent(repo: Path, gate: StaticGate) -> None:
    put(repo, {"a.py": "import json  # noqa: F401\n" + FILES["a.py"]})
    assert told(since(gate, repo)) == []


def test_a_part_of_a_repository_is_compared_with_its_own_part(repo: Path, gate: StaticGate) -> None:
    put(repo, {"pkg/c.py": "import sys\nimport re\n", "a.py": "import json\n"})
    assert told(since(gate, repo / "pkg")) == [("c.py", "F401")]


def test_files_that_no_one_can_compare_are_named(repo: Path, gate: StaticGate) -> None:
    (repo / "pkg/c.py").write_bytes(b"x = '\xe9'\n")
    commit(repo)
    put(repo, {"pkg/c.py": "import sys\n"})
    found = since(gate, repo)
    assert [path for path, _reason in found.skipped] == ["pkg/c.py"]
    assert found.uncompared == ("pkg/c.py",)
    assert since(gate, repo, "a.py").uncompared == ()
    assert since(gate, repo, revision="HEAD~1").files == 0


@pytest.mark.parametrize(
    "path",
    ["aux.py", "pkg/nul.py", "cafe\u0301.py", "\ufb01.py", "x:y.py", f"{'long' * 55}.py", "~a.py"],
)
def test_names_that_no_patch_may_use_are_compared_like_others(
    repo: Path, gate: StaticGate, path: str
) -> None:
    put(repo, {path: "import os\n"})
    commit(repo)
    put(repo, {"a.py": "import json\n" + FILES["a.py"]})
    assert told(since(gate, repo)) == [("a.py", "F401")]
    put(repo, {path: "import os\nimport re\n"})
    assert told(since(gate, repo, path)) == [(path, "F401")]
    (repo / path).unlink()
    assert [f.path for f in since(gate, repo).absent] == [path]


def test_files_that_are_left_out_are_not_gone(repo: Path, gate: StaticGate) -> None:
    put(repo, {"env/pyvenv.cfg": "home = x\n", "env/lib/deep/er/d.py": "import os\n"})
    put(repo, {"/".join("abcdefghij" * 5) + "/e.py": "import os\n"})
    commit(repo)
    assert since(gate, repo).absent == ()


def test_silence_about_the_revision_is_no_answer(repo: Path, tmp_path: Path) -> None:
    words = WordAnalyzer()
    words.mute_on = "E_OLD"
    put(repo, {"a.py": "E_OLD = 1\n"})
    commit(repo)
    put(repo, {"a.py": "E_NEW = 'BAD'\n"})
    with gate_over(tmp_path, analyzers=[words]) as gate:
        found = since(gate, repo)
    (check,) = (c for c in found.checks if c.tool == "words")
    assert check.status is CheckStatus.CRASHED
    assert check.detail == "On the revision: It gave up."
    assert ("a.py", "BAD") in told(found)


def test_a_hostile_history_leads_nowhere(repo: Path, gate: StaticGate, tmp_path: Path) -> None:
    target = tmp_path / "outside.py"
    target.write_text("import secret_module\n")
    (repo / "pkg/c.py").unlink()
    (repo / "pkg/c.py").symlink_to(target)
    commit(repo)
    (repo / "pkg/c.py").unlink()
    put(repo, {"pkg/c.py": "import sys\n", ".git/hooks/post-checkout": "#!/bin/sh\ntouch MARK\n"})
    (repo / ".git/hooks/post-checkout").chmod(0o755)
    found = since(gate, repo)
    assert told(found) == [("pkg/c.py", "F401")]
    assert "secret_module" not in repr(found)
    assert not list(tmp_path.rglob("MARK"))
    with pytest.raises(BadInput):
        since(gate, repo, revision="no-such-branch")
