from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.security.activation import activation_reason, shadow_reason


@pytest.mark.parametrize(
    "path",
    [
        ".git/config", ".git/hooks/pre-commit", ".github/workflows/ci.yml", ".gitlab-ci.yml",
        ".vscode/settings.json", ".idea/workspace.xml", ".claude/settings.json",
        ".codex/config.toml", ".cursor/rules/a.md", "x/y.code-workspace", "AGENTS.md", "CLAUDE.md",
        "docs/CLAUDE.md", "conftest.py", "tests/conftest.py", "setup.py", "setup.cfg",
        "pyproject.toml", "sitecustomize.py", "usercustomize.py", "a.pth", "tox.ini", "noxfile.py",
        "Makefile", "Dockerfile", "Dockerfile.dev", "package.json", ".npmrc", ".envrc",
        ".pre-commit-config.yaml", "Jenkinsfile", "scripts/run.sh", ".gitattributes",
        ".gitmodules", "requirements.txt", "requirements-dev.txt", "eslint.config.mjs",
        ".venv/lib/x.py", "node_modules/a/index.js", ".devcontainer/devcontainer.json",
        "ruff.toml", "pyrightconfig.json", ".mcp.json", ".env", "action.yml",
        "toxfile.py", "docs/conf.py", "docs/source/conf.py", ".pdbrc", "ipython_config.py",
        "gulpfile.js", "karma.conf.cjs", ".mocharc.json", "playwright.config.ts", ".babelrc.js",
        "tsconfig.build.json", "biome.jsonc", "BUILD.bazel", "Tiltfile", "shell.nix", ".gdbinit",
        "gunicorn.conf.py", ".kiro/steering/a.md", ".roo/rules/a.md", "opencode.json",
        ".clinerules/a.md", ".secrets.baseline", "renovate.json",
    ],
)  # fmt: skip
def test_surfaces(path: str) -> None:
    assert activation_reason(path).endswith(".")


@pytest.mark.parametrize(
    "path",
    [
        ".GIT/config", ".Git/hooks/x", "git~1/config", "GIT~1/hooks/x", ".git./config",
        ".git /config", ".git::$INDEX_ALLOCATION/config", ".gi\u200ct/config",
        "\uff0egit/config", ".\uff47it/config", "CONFTEST.PY", "ConfTest.py", "conftest.py.",
        "conftest.py ", "setup.py::$DATA", "\uff53etup.py", "a\\.git\\config", "PYPROJ~1.TOM",
        "./.git/config", "sub/.GIT/x", "Makefile. .",
    ],
)  # fmt: skip
def test_tricks_of_file_systems(path: str) -> None:
    assert activation_reason(path)


@pytest.mark.parametrize(
    "path",
    [
        "a.py", "src/shop/prices.py", "git/objects.py", "github.py", "setup_tools.py",
        "conftest_helpers.py", "docs/setup.md", "tests/test_requirements.py",
        "dockerfile_parser.py",
        "data.json", "README.md", "app/conf.py", "src/build.ts", "web/jasmine.css",
        "shop/renovate_house.json", "app/karma.py",
        "app/knexfile.test.ts",
        "requirements_check.py", "env/values.py", "makefile_reader.py",
    ],
)  # fmt: skip
def test_ordinary_files(path: str) -> None:
    assert activation_reason(path) == ""


@given(st.text(max_size=60))
def test_never_raises(path: str) -> None:
    assert isinstance(activation_reason(path), str)


@pytest.mark.parametrize(
    "path",
    ["json.py", "logging/__init__.py", "src/typing.pyi", "lib/re.py", "builtins.pyi",
     "shop/__builtins__.pyi", "asyncio.so"],
)  # fmt: skip
def test_new_files_that_would_be_imported_instead(path: str) -> None:
    assert shadow_reason(path).endswith(".")


@pytest.mark.parametrize(
    "path",
    ["shop/json.py", "shop/logging/__init__.py", "src/shop/typing.py", "jsons.py", "json.md",
     "logging/extra.py", "tests/test_json.py", "a"],
)  # fmt: skip
def test_new_files_with_names_of_their_own(path: str) -> None:
    assert shadow_reason(path) == ""
