"""The worker in the package is the one that its sources and its lock give."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from playground.analyzers.javascript import compiler_errors, lint_rules, version_of

HERE = Path(__file__).resolve().parents[2] / "javascript"
PACKAGE = Path(str(files("playground.analyzers.javascript")))
BUILT = ("worker.cjs", "rules.json", "errors.json", "versions.json", "LICENCES.txt")


def _digests(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in BUILT}


@pytest.mark.slow
@pytest.mark.enable_socket
def test_a_new_build_from_the_lock_gives_the_same_bytes(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHON": sys.executable, "OUT": str(tmp_path)}
    copy = tmp_path / "javascript"
    copy.mkdir()
    for name in ("package.json", "package-lock.json", "build.sh", "bundle.mjs"):
        (copy / name).write_bytes((HERE / name).read_bytes())
        (copy / name).chmod(0o755)
    for source in (HERE / "src").rglob("*.mjs"):
        target = copy / source.relative_to(HERE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    subprocess.run([copy / "build.sh"], env=environment, check=True, timeout=240)
    assert _digests(tmp_path) == _digests(PACKAGE)


def test_every_part_of_the_worker_has_its_licence() -> None:
    text = (PACKAGE / "LICENCES.txt").read_text(encoding="utf-8")
    heads = [part.strip().split("\n")[0] for part in text.split("=" * 79)]
    assert len(heads) > 30
    for name in ("eslint 10.", "typescript 6.0.", "eslint-plugin-security 4.", "globals 17."):
        assert any(name in head for head in heads)
    assert "No licence file." not in text


def test_versions_are_pinned_exactly_and_named_with_the_digest() -> None:
    assert version_of("eslint").startswith("10.15.0+")
    assert version_of("typescript").startswith("6.0.3+")
    digest = hashlib.sha256((PACKAGE / "worker.cjs").read_bytes()).hexdigest()
    assert version_of("eslint").endswith(digest[:12])


def test_the_catalogues_name_rules_that_can_be_asked_for() -> None:
    assert lint_rules()["no-debugger"].recommended
    assert "@typescript-eslint/no-unsafe-call" not in lint_rules()
    assert compiler_errors()["TS2345"].startswith("Argument of type")
