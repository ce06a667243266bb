from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from playground.security.activation import activation_reason, shadow_reason

ACTING = (
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
    ".devcontainer.json", ".justfile", "justfile.local", "Taskfile.dist.yml", "lefthook.yaml",
    "lefthook-local.yml", ".huskyrc", "app.dockerfile", "docker-bake.hcl", "compose.prod.yml",
    "docker-compose.override.yaml", ".dockerignore", "pnpm-workspace.yaml", ".pnp.cjs",
    "npm-shrinkwrap.json", "bun.lock", ".nvmrc", "Jenkinsfile.prod", ".woodpecker.yml",
    ".semaphore/x.yml", ".drone.star", "cloudbuild.yml", "heroku.yml", "fly.toml",
    "wrangler.toml", "serverless.yml", ".helix/languages.toml", ".lazy.lua", ".gitpod/x",
    ".ycm_extra_conf.py", ".idx/dev.nix", ".run/a.run.xml", ".ipython/profile_default/a.py",
    "celeryconfig.py", "alembic.ini", "invoke.yaml", "pavement.py", "SConscript",
    "pip.ini", "go.mod", "a.gemspec", "composer.json", "settings.gradle.kts", "gradlew", "mvnw",
    "gradle/wrapper/gradle-wrapper.properties", "configure", "a.cmake", "App.csproj",
    "x.targets", "buildout.cfg",
    "Directory.Build.props", "nuget.config", "Podfile", "fastlane/Fastfile", "a.podspec",
    "dev.nix", "rules.bzl", "main.tf", "ansible.cfg", "Pulumi.yaml", "cdk.json",
    "mcp_config.json",
    "AGENTS.override.md", ".agent/rules/a.md", "AMP.md", "CODEX.md", ".continuerules", ".mcp/a",
    ".pr_agent.toml", ".coderabbit.yaml", "replit.nix", ".bolt/prompt", ".augment-guidelines",
    ".aiexclude", "CODEBUDDY.md", "review.prompt.md", "a.instructions.md", "a.chatmode.md",
    "CODEOWNERS", ".hg/hgrc", ".svn/x", ".storybook/main.js", ".config/x", ".Renviron",
    "a.timer",
    ".xprofile", ".bash_login", "a.plist", ".vim/plugin/a.vim", ".emacs.d/init.el", ".htaccess",
    "web.config", "desktop.ini", "run.vbs", "run.command", "a.lnk", "a.reg", "a.ksh", "a.psm1",
    "features/environment.py", "uwsgi.ini", ".any-tool-of-tomorrow", "src/.hidden/a.py",
)  # fmt: skip


def test_surfaces() -> None:
    assert [path for path in ACTING if not activation_reason(path).endswith(".")] == []


TRICKS = (
    ".GIT/config", ".Git/hooks/x", "git~1/config", "GIT~1/hooks/x", ".git./config",
    ".git /config", ".git::$INDEX_ALLOCATION/config", ".gi\u200ct/config",
    "\uff0egit/config", ".\uff47it/config", "CONFTEST.PY", "ConfTest.py", "conftest.py.",
    "conftest.py ", "setup.py::$DATA", "\uff53etup.py", "a\\.git\\config", "PYPROJ~1.TOM",
    "./.git/config", "sub/.GIT/x", "Makefile. .",
)  # fmt: skip


def test_tricks_of_file_systems() -> None:
    assert [path for path in TRICKS if not activation_reason(path)] == []


ORDINARY = (
    "a.py", "src/shop/prices.py", "git/objects.py", "github.py", "setup_tools.py",
    "conftest_helpers.py", "docs/setup.md", "tests/test_requirements.py",
    "dockerfile_parser.py",
    "data.json", "README.md", "app/conf.py", "src/build.ts", "web/jasmine.css",
    "shop/renovate_house.json", "app/karma.py",
    "app/knexfile.test.ts",
    "requirements_check.py", "env/values.py", "makefile_reader.py",
    "app/environment.py", "compose.py", "app/configure.py", "jenkinsfile_reader.py",
    "go_mod.py",
    "docs/instructions.md", "prompts/review.md", "app/a.b.py", "lefthooks.py", "fly.py",
    "justfile_parser.py", "static/web.config.md",
)  # fmt: skip


def test_ordinary_files() -> None:
    assert [path for path in ORDINARY if activation_reason(path)] == []


@given(st.text(max_size=60))
def test_never_raises(path: str) -> None:
    assert isinstance(activation_reason(path), str)


SHADOWING = (
    "json.py", "logging/__init__.py", "src/typing.pyi", "lib/re.py", "builtins.pyi",
    "shop/__builtins__.pyi", "asyncio.so", "json.pyw", "pip.py", "pytest.py",
    "_pytest/__init__.py",
    "setuptools/__init__.py", "src/coverage.py", "pkg_resources/__init__.py"
)  # fmt: skip


def test_new_files_that_would_be_imported_instead() -> None:
    assert [path for path in SHADOWING if not shadow_reason(path).endswith(".")] == []


OWN_NAMES = (
    "shop/json.py", "shop/logging/__init__.py", "src/shop/typing.py", "jsons.py", "json.md",
    "logging/extra.py", "tests/test_json.py", "a", "shop/pytest.py", "pips.py",
    "shop/setuptools/__init__.py"
)  # fmt: skip


def test_new_files_with_names_of_their_own() -> None:
    assert [path for path in OWN_NAMES if shadow_reason(path)] == []
