"""Three judges of what is in a copy: the product's gate, the tools alone, the package's tests."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from complaints import complaints, counted

from playground.app import App
from playground.domain.candidates import Candidate, Draft, Provenance
from playground.domain.changes import Patch, patch_between
from playground.domain.tasks import Source, Task
from playground.orchestrator.sources import Sources
from playground.security.vet import vet
from playground.surfaces.rendering.diffs import patch_text

Counts = Counter[tuple[str, str]]
_ENDINGS = (".py", ".pyi")


@contextmanager
def copied(root: Path) -> Generator[Path]:
    """Lends a copy of a package."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / root.name
        shutil.copytree(root, copy, symlinks=True)
        yield copy


def change_in(tree: Path, *, root: Path) -> tuple[Patch, dict[str, str | None]] | None:
    """Returns what is otherwise in the tree than in the root, and what stood there."""
    before: dict[str, str | None] = {}
    after: dict[str, str | None] = {}
    for file in sorted(p for p in tree.rglob("*") if p.suffix in _ENDINGS and p.is_file()):
        path = file.relative_to(tree).as_posix()
        there = (root / path).read_bytes() if (root / path).exists() else None
        if (here := file.read_bytes()) != there:
            before[path] = None if there is None else there.decode("utf-8", "replace")
            after[path] = here.decode("utf-8", "replace")
    return (patch_between(before, after), before) if after else None


def by_gate(app: App, task: Task, tree: Path) -> tuple[str, str]:
    """Returns why the gate refuses what is in the tree, "" when it passes, and the diff."""
    root = Path(task.root)
    found = change_in(tree, root=root)
    if found is None:
        return "nothing was changed", ""
    patch, before = found
    diff = patch_text(patch, root=root, workspace=app.workspace)
    drafted = vet(
        Draft(patch, Provenance(Source.ENGINE, engine="aider")),
        task=task,
        policy=app.manager.config.policy(),
        bases={path: text for path, text in before.items() if text is not None},
        obstacle=partial(Sources(app.workspace).obstacle, task),
    )
    if not isinstance(drafted, Candidate):
        return f"refused/{drafted.code}: {drafted.reason}", diff
    verdict = app.gate.judge(task, candidate=drafted)
    if verdict.passed:
        return "", diff
    first = verdict.objections[0]
    return f"gate/{first.code}: {first.message}", diff


def by_tools(task: Task, tree: Path, *, before: Counts) -> bool:
    """Whether the tools complain less often of the finding's rule, and of nothing more often.

    A file of which everything was taken away has no complaints, so what it defined must be there.

    Args:
        task: whose finding it is.
        tree: what is judged.
        before: how often they complained of the file of the finding.
    """
    finding = task.finding
    assert finding is not None
    texts = [(folder / finding.path).read_text() for folder in (Path(task.root), tree)]
    if not _defined(texts[0]) <= _defined(texts[1]):
        return False
    now = counted(complaints(tree / finding.path, root=tree, rule=finding.rule))
    target = (finding.tool, finding.rule)
    return now[target] < before[target] and all(now[key] <= before[key] for key in now)


def patched(tree: Path, diff: str) -> None:
    """Applies a diff."""
    subprocess.run(["git", "init", "-q", str(tree)], check=True)
    command = ["git", "apply", "--whitespace=nowarn"]
    subprocess.run(command, input=diff, text=True, cwd=tree, check=True)


def _defined(text: str) -> set[str]:
    """Returns the functions, classes and variables of a module, those in classes included."""
    try:
        waiting: list[tuple[str, ast.stmt]] = [("", node) for node in ast.parse(text).body]
    except (SyntaxError, ValueError):
        return set()
    found: set[str] = set()
    while waiting:
        inside, node = waiting.pop()
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                found.add(f"{inside}{node.name}")
                waiting += [(f"{inside}{node.name}.", each) for each in node.body]
            case ast.Assign() if not inside:
                found |= {each.id for each in node.targets if isinstance(each, ast.Name)}
            case _:
                pass
    return found
