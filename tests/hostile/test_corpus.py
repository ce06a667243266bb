"""The hostile corpus against the real command: nothing executed, leaked, written outside, hung."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import closing
from pathlib import Path, PurePosixPath

import pytest
from hostile_cases import HARMS, Case, Unmakeable, cases, families, plant
from hostile_starts import FORK_SERVER, Forks, Person
from hostile_users import ORDINARY_UID, installation_for_everybody
from hostile_world import MYSELF, Machine, alive, machine

from playground.domain.candidates import Draft, Provenance, Refused
from playground.domain.changes import patch_between
from playground.domain.tasks import Policy, Source, Task, TaskKind
from playground.security.vet import vet

TOGETHER = ("configuration", "interpreter", "links", "special files", "names", "terminal", "git")
FOR_EVERYBODY = ("nesting", "size", "spinning")
"""Families about text that is hard to read: who reads it makes no difference, and it takes long."""


@pytest.fixture(scope="session")
def myself() -> Generator[Person]:
    """The tests' own user, with a process that forks commands."""
    with closing(Forks(Path(sys.executable))) as forks:
        yield Person(forks=forks)


@pytest.fixture(scope="session")
def ordinary() -> Generator[Person]:
    """A user without any right of root, with an installation that they can read."""
    if os.getuid() != 0:
        pytest.skip("only root can become an ordinary user; all other cases have shown it")
    with installation_for_everybody() as programs:
        python, script = programs / "python", programs / FORK_SERVER.name
        shutil.copy(FORK_SERVER, script)
        with closing(Forks(python, script=script, uid=ORDINARY_UID)) as forks:
            yield Person(programs, ORDINARY_UID, forks)


def test_a_case_says_what_it_is() -> None:
    assert len(cases()) >= 80
    for name, case in cases().items():
        assert case.story.endswith("."), name
        assert case.tries, name
        assert set(case.tries) <= set(HARMS), name


def merged() -> tuple[Case, list[str]]:
    """One repository of everything that can lie side by side, and the names of its cases."""
    files: dict[str, str] = {}
    things: list[object] = []
    taken: set[str] = set()
    names: list[str] = []
    for name, case in cases().items():
        alone = (
            case.environment or case.settings or case.race or case.answers or case.argument != "."
        )
        if case.family not in TOGETHER or alone or not case.expect.planted:
            continue
        if case.root != "repository" or name in APART:
            continue
        paths = {*case.files, *(thing.path for thing in case.things)}
        above = {str(p) for path in paths for p in PurePosixPath(path).parents} - {"."}
        if (
            taken & paths
            or taken & above
            or any(t.startswith(f"{p}/") for t in taken for p in paths)
        ):
            continue
        taken |= paths
        files |= case.files
        things += case.things
        names.append(name)
    given: Mapping[str, object] = {
        "story": "Everything at once.", "family": "all", "tries": ("execute",), "files": files,
        "things": things, "drive": ("check", "outside"),
    }  # fmt: skip
    return Case.model_validate(given), names


APART = {
    "ruff-ignores-by-name": "its settings hide the planted findings, which it says",
    "device-named-as-source": "devices need root",
    "unreadable-files": "root reads them",
}


def attacked(case: Case, folder: Path, person: Person = MYSELF) -> Machine:
    """Runs a case and expects that nothing bad happened."""
    with machine(folder / "m", case, person) as made:
        steps, evidence = made.attack()
        assert not evidence.lines, "\n".join([*evidence.lines, *(s.err[-500:] for s in steps)])
        return made


@pytest.mark.slow
def test_everything_at_once(tmp_path: Path) -> None:
    case, names = merged()
    assert len(names) >= 30, names
    attacked(case.model_copy(update={"drive": ("check",)}), tmp_path)


def test_a_quick_case(tmp_path: Path) -> None:
    case = cases()["answer-starts-a-shell"]
    attacked(case.model_copy(update={"drive": ("improve",)}), tmp_path)


NEW_FILES = [
    pytest.param(answer, id=f"{name}-{number}")
    for name, case in cases().items()
    if case.drive == ("generate-each",)
    for number, answer in enumerate(case.answers)
]


@pytest.mark.parametrize("answer", NEW_FILES)
def test_the_first_door_refuses_new_files_that_act(answer: str, tmp_path: Path) -> None:
    path = answer.splitlines()[0].removeprefix("FILE: ").replace("@OUTSIDE@", "/outside")
    task = Task(str(tmp_path), TaskKind.REQUEST, "Write.", (), may_create=True)
    patch = patch_between({path: None}, {path: "x = 1\n"})
    draft = Draft(patch, Provenance(Source.ENGINE))
    result = vet(draft, task=task, policy=Policy(), bases={}, obstacle=lambda _: "")
    assert isinstance(result, Refused)
    assert result.code in {"path-outside", "activation-surface"}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", cases())
def test_case(name: str, tmp_path: Path, myself: Person) -> None:
    try:
        made = attacked(cases()[name], tmp_path, myself)
    except Unmakeable as error:
        pytest.skip(f"cannot be made here: {error}")
    assert not alive(made)


def for_ordinary_users() -> list[str]:
    """Returns every case but those whose family one case may stand for."""
    found: list[str] = []
    for family, names in families():
        found += sorted(names)[:1] if family in FOR_EVERYBODY else names
    return found


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", for_ordinary_users())
def test_case_for_an_ordinary_user(name: str, ordinary: Person) -> None:
    with tempfile.TemporaryDirectory(prefix="hostile-", ignore_cleanup_errors=True) as parent:
        Path(parent).chmod(0o755)
        assert not alive(attacked(cases()[name], Path(parent), ordinary))


def test_planting_follows_the_description(tmp_path: Path) -> None:
    with machine(tmp_path / "m", cases()["link-to-a-file-outside"]) as made:
        link = made.root / "stolen.py"
        assert link.is_symlink()
        assert made.words.secret in link.read_text()
    other = tmp_path / "other"
    plant(Case(story="", family="", tries=(), files={"a.py": "@MARK@"}), other, made.words)
    assert (other / "a.py").read_text() == str(made.words.mark)
