"""What is written beside the code holds: links, indexes, licence."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
DECISIONS = REPOSITORY / "docs" / "decisions"
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")
PRIVATE_PATH = re.compile(r"(?<![\w.-])/(?:work|root)/[\w.-]")


def tracked() -> list[Path]:
    """Files of the repository, also new ones that git does not ignore."""
    listing = subprocess.run(
        [shutil.which("git") or "git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [REPOSITORY / line for line in listing.stdout.splitlines()]
    return [path for path in paths if path.is_file()]


def dead_links(document: Path, text: str) -> list[str]:
    targets = [document.parent / target for target in LINK.findall(text)]
    return [f"{document.name} → {target}" for target in targets if not target.exists()]


def test_links_lead_somewhere() -> None:
    documents = [p for p in tracked() if p.suffix == ".md" and "cases" not in p.parts]
    assert len(documents) > 6
    assert not [link for path in documents for link in dead_links(path, path.read_text("utf-8"))]
    assert dead_links(REPOSITORY / "README.md", "[a](no-such-file.md)")


def test_every_decision_is_in_the_index() -> None:
    index = (DECISIONS / "README.md").read_text("utf-8")
    records = sorted(path.name for path in DECISIONS.glob("[0-9]*.md"))
    assert records
    assert not [name for name in records if f"({name})" not in index]
    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))


def test_no_file_names_a_private_machine() -> None:
    kinds = {".py", ".md", ".toml", ".yaml", ".yml", ".sh", ".txt", ".lock", ""}
    found = [
        f"{path.relative_to(REPOSITORY)}: {match[0]}"
        for path in tracked()
        if path.suffix in kinds and path != Path(__file__) and "tests" not in path.parts
        for match in [PRIVATE_PATH.search(path.read_text("utf-8", errors="replace"))]
        if match
    ]
    assert not found, found
    assert PRIVATE_PATH.search("see /root/x")


def test_the_licence_is_whole() -> None:
    text = (REPOSITORY / "LICENSE").read_bytes()
    assert hashlib.sha256(text).hexdigest().startswith("c71d239df91726fc")
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license"] == "Apache-2.0"
    assert set(project["license-files"]) == {"LICENSE", "NOTICE"}


def test_the_notice_names_what_is_fetched() -> None:
    notice = (REPOSITORY / "NOTICE").read_text("utf-8")
    assert "Qwen2.5-Coder-1.5B-Instruct" in notice
    assert "Qwen2.5-Coder-0.5B-Instruct" in notice


def test_changes_are_noted() -> None:
    changes = (REPOSITORY / "CHANGELOG.md").read_text("utf-8")
    assert "\n## [Unreleased]\n" in changes
