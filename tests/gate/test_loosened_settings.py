"""Settings that make an analyzer say less are told from all other settings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.analyzers.gate import dodges
from playground.analyzers.gate.view import ChangeView
from playground.domain.findings import Finding, Severity, Span
from playground.domain.verdicts import How

RUFF = '[project]\nname = "shop"\n\n[tool.ruff.lint]\nselect = ["E", "F"]\nignore = ["E501"]\n'
PYRIGHT = '{\n  // strict enough\n  "typeCheckingMode": "standard",\n  "include": ["src"],\n}\n'


def loosened(path: str, before: str | None, after: str) -> bool:
    return bool(dodges.objections(ChangeView(path, before, after)))


@pytest.mark.parametrize(
    ("path", "before", "old", "new"),
    [
        ("pyproject.toml", RUFF, '["E501"]', '["E501", "F401"]'),
        ("pyproject.toml", RUFF, '"E", "F"', '"E"'),
        ("sub/pyproject.toml", RUFF, "ignore =", "extend-exclude = ['a.py']\nignore ="),
        ("pyproject.toml", RUFF, "[project]", "[tool.mypy]\nignore_errors = true\n\n[project]"),
        ("pyrightconfig.json", PYRIGHT, '"standard"', '"basic"'),
        ("pyrightconfig.json", PYRIGHT, '"include"', '"reportReturnType": false, "include"'),
        ("pyrightconfig.json", PYRIGHT, '"include"', '"ignore": ["src/a.py"], "include"'),
        ("pyrightconfig.json", PYRIGHT, '["src"]', "["),
        (".pre-commit-config.yaml", "- id: ruff\n- id: mypy\n", "- id: mypy\n", ""),
        (".flake8", "[flake8]\nignore = E1\n", "E1", "E1, E722"),
        (".eslintignore", "dist\n", "dist\n", "dist\nsrc\n"),
        (".eslintrc.json", '{"rules": {"eqeqeq": "error"}}', '"error"', '"off"'),
    ],
)
def test_loosened(path: str, before: str, old: str, new: str) -> None:
    assert old in before
    assert loosened(path, before, before.replace(old, new))


@pytest.mark.parametrize(
    ("path", "before", "old", "new"),
    [
        ("pyproject.toml", RUFF, '"shop"', '"store"'),
        ("pyproject.toml", RUFF, '"E", "F"', '"E", "F", "S"'),
        ("pyproject.toml", RUFF, '["E501"]', "[]"),
        ("pyproject.toml", RUFF, "[project]", "[tool.mypy]\nstrict = true\n\n[project]"),
        ("pyrightconfig.json", PYRIGHT, '"standard"', '"strict"'),
        ("pyrightconfig.json", PYRIGHT, '["src"]', '["src", "tests"]'),
        (".flake8", "[flake8]\nignore = E1\n", "E1", ""),
        (".eslintrc.json", '{"rules": {"eqeqeq": "warn"}}', '"warn"', '"error"'),
        ("README.md", "# noqa\n", "noqa", "ignore = all"),
        ("package.json", '{"files": ["a", "b"]}', '"a", ', ""),
    ],
)
def test_not_loosened(path: str, before: str, old: str, new: str) -> None:
    assert old in before
    assert not loosened(path, before, before.replace(old, new))


def test_a_new_file_of_settings_may_not_silence() -> None:
    assert loosened("ruff.toml", None, 'lint.ignore = ["F"]\n')
    assert not loosened("ruff.toml", None, "line-length = 90\n")


def test_a_vanished_finding_beside_loosened_settings_is_not_repaired() -> None:
    code = ChangeView("a.py", "import os\nx = 1\n", "x = 1\n")
    settings = ChangeView("pyproject.toml", RUFF, RUFF.replace('"E501"', '"E501", "F401"'))
    span = Span(1, 8, 1, 10)
    finding = Finding(
        "ruff", "F401", "`os` is unused", "a.py", span, Severity.NOTE, "", "import os"
    )
    assert dodges.classify(code, finding) is How.REPAIRED
    assert dodges.classify(code, finding, beside=(code, settings)) is How.CONFIG_WEAKENED


NAMES = ["pyproject.toml", "pyrightconfig.json", "setup.cfg", ".eslintignore", "bandit.yaml"]
TEXTS = st.one_of(st.text(max_size=80), st.sampled_from([RUFF, PYRIGHT, "[", "{}", "[a]\nb=1\n"]))


@given(st.sampled_from(NAMES), TEXTS, TEXTS)
def test_nothing_raises_and_no_change_is_no_loosening(name: str, one: str, two: str) -> None:
    loosened(name, one, two)
    settings = ChangeView(name, one, one)
    assert all("can no longer" in o.message for o in dodges.objections(settings))
