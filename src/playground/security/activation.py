"""Activation surfaces: files that a tool, an editor, an agent or a build runs on its own.

A change of such a file becomes running code later without anybody running it on purpose, so the
door `vet` refuses it unless the person named that very file.
"""

from __future__ import annotations

import re
import sys

from playground.security.paths import folded

_FOLDERS: dict[str, str] = {
    ".git": "Git runs hooks and configuration from it",
    ".githooks": "Git runs hooks from it",
    ".husky": "Git runs hooks from it",
    ".github": "GitHub runs workflows and actions from it",
    ".gitlab": "GitLab runs pipelines from it",
    ".circleci": "CI runs pipelines from it",
    ".buildkite": "CI runs pipelines from it",
    ".woodpecker": "CI runs pipelines from it",
    ".forgejo": "CI runs workflows from it",
    ".gitea": "CI runs workflows from it",
    ".teamcity": "CI runs pipelines from it",
    ".azure-pipelines": "CI runs pipelines from it",
    ".vscode": "the editor runs tasks and takes settings from it",
    ".vs": "the editor takes settings from it",
    ".idea": "the editor runs configurations from it",
    ".fleet": "the editor runs configurations from it",
    ".zed": "the editor takes settings from it",
    ".nvim": "the editor runs it",
    ".devcontainer": "the editor builds and runs containers from it",
    ".claude": "coding agents take commands and permissions from it",
    ".codex": "coding agents take commands and permissions from it",
    ".cursor": "coding agents take commands and permissions from it",
    ".windsurf": "coding agents take commands and permissions from it",
    ".continue": "coding agents take commands and permissions from it",
    ".aider": "coding agents take commands and permissions from it",
    ".gemini": "coding agents take commands and permissions from it",
    ".copilot": "coding agents take commands and permissions from it",
    ".agents": "coding agents take commands and permissions from it",
    **dict.fromkeys(
        (
            ".kiro",
            ".junie",
            ".opencode",
            ".roo",
            ".clinerules",
            ".amazonq",
            ".augment",
            ".trae",
            ".qwen",
            ".crush",
            ".openhands",
            ".goose",
            ".cline",
            ".kilocode",
            ".factory",
            ".warp",
            ".rules",
        ),
        "coding agents take orders from it",
    ),
    ".playground": "this program takes settings from it",
    ".venv": "Python starts from it",
    "venv": "Python starts from it",
    "site-packages": "Python imports from it",
    "node_modules": "Node runs code from it",
    ".yarn": "Yarn runs plugins from it",
    ".mvn": "the build runs it",
    ".cargo": "the build takes commands from it",
    ".direnv": "the shell runs it",
    "fastlane": "a release runs it",
}
_HIDDEN = "hidden files and folders hold what tools take or run on their own"

_BUILD = "a build or install runs it"
_TESTS = "a test runner runs it"
_PYTHON = "Python runs it at start"
_SHELL = "a shell runs it"
_AGENT = "coding agents take orders from it"
_CI = "CI runs it"
_GIT = "Git takes commands or filters from it"
_EDITOR = "the editor takes settings from it"
_TOOL = "an analyzer or formatter takes settings from it"

_FILES: dict[str, str] = {
    **dict.fromkeys(
        (
            "setup.py", "setup.cfg", "pyproject.toml", "makefile", "gnumakefile", "dockerfile",
            "containerfile", "docker-compose.yml", "docker-compose.yaml", "compose.yml",
            "compose.yaml", "package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml",
            ".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs", "pip.conf", "uv.toml", "uv.lock",
            "pipfile", "pipfile.lock", "poetry.lock", "pdm.lock", "cargo.toml", "build.rs",
            "build.gradle", "build.gradle.kts", "settings.gradle", "pom.xml", "cmakelists.txt",
            "meson.build", "justfile", "taskfile.yml", "taskfile.yaml", "rakefile", "gemfile",
            "vagrantfile", "procfile", "tasks.py", "fabfile.py", "dodo.py", "wscript", "sconstruct",
            "manifest.in", "conanfile.py", "hatch_build.py", "hatch.toml", "pixi.toml",
            "environment.yml", "snapcraft.yaml", "deno.json", "bunfig.toml", ".pypirc",
            "gulpfile.js", "gulpfile.mjs", "gulpfile.cjs", "gulpfile.ts", "gruntfile.js",
            "gruntfile.cjs", "build.bazel", "build", "workspace", "workspace.bazel",
            "module.bazel", ".bazelrc", "buck", ".buckconfig", "tiltfile", "earthfile",
            "brewfile", "flake.nix", "shell.nix", "default.nix", "devbox.json", ".replit",
            ".gitpod.yml", "turbo.json", "nx.json", "lerna.json", "angular.json", "nodemon.json",
            "deno.jsonc", "pdm_build.py", "versioneer.py", "gunicorn.conf.py",
            "magefile.go", "package.swift", "mix.exs", "build.sbt", "project.clj", "rebar.config",
            "build.zig", "cargo.lock", "xmake.lua", "premake5.lua", "build.xml", "ivy.xml",
            "docker-bake.hcl", "docker-bake.json", "pnpm-workspace.yaml", "npm-shrinkwrap.json",
            "bun.lock", "bun.lockb", "deno.lock", "invoke.yaml", "duties.py", "pavement.py",
            "sconscript", "buildout.cfg", "pip.ini", "environment.yaml", "go.mod", "go.work",
            "rust-toolchain", "rust-toolchain.toml", "gemfile.lock", "composer.json",
            "composer.lock", "gradle.properties", "gradlew", "gradlew.bat", "mvnw",
            "gradle-wrapper.properties", "configure", "configure.ac", "nuget.config",
            "global.json", "podfile", "fastfile", "cartfile", "replit.nix", "cdk.json",
            "ansible.cfg", "alembic.ini", "terragrunt.hcl", "helmfile.yaml",
        ),
        _BUILD,
    ),
    **dict.fromkeys(
        ("conftest.py", "pytest.ini", ".pytest.ini", "tox.ini", "noxfile.py", "pytest.toml",
         "tox.toml", "unittest.cfg", "behave.ini", "phpunit.xml",
         ".coveragerc", "toxfile.py", "locustfile.py", "setuptests.js", "setuptests.ts"),
        _TESTS,
    ),
    **dict.fromkeys(
        ("sitecustomize.py", "usercustomize.py", ".pythonrc", "pyvenv.cfg", ".python-version",
         "ipython_config.py", "jupyter_config.py", "celeryconfig.py", "uwsgi.ini", "wsgi.ini",
         "jupyter_notebook_config.py", "jupyter_server_config.py", ".pdbrc", ".pdbrc.py"),
        _PYTHON,
    ),
    **dict.fromkeys(
        (".envrc", ".env", ".bashrc", ".bash_profile", ".profile", ".zshrc", ".zshenv",
         ".tool-versions", "mise.toml", ".mise.toml", ".zprofile", ".zlogin", ".kshrc",
         ".cshrc", ".tcshrc", ".inputrc", ".screenrc", ".tmux.conf", ".gdbinit", ".lldbinit",
         ".rprofile", ".irbrc", ".pryrc", ".psqlrc", ".sqliterc", ".noderc"),
        _SHELL,
    ),
    **dict.fromkeys(
        ("agents.md", "claude.md", "claude.local.md", "gemini.md", "copilot-instructions.md",
         ".cursorrules", ".windsurfrules", ".clinerules", ".mcp.json", "mcp.json",
         ".aider.conf.yml", "skill.md", ".goosehints", ".roorules", "opencode.json",
         "opencode.jsonc", "crush.json", "warp.md", "conventions.md", ".rules", ".roomodes",
         ".clineignore", ".cursorignore", ".cursorindexingignore", "qwen.md", "agent.md",
         "agents.override.md", "agents.local.md", "amp.md", "codex.md", "jules.md",
         "codebuddy.md", "iflow.md", "replit.md", "gptme.toml", "mcp_config.json",
         "mcp-config.json", "mcp.yaml", "mcp.yml"),
        _AGENT,
    ),
    **dict.fromkeys(
        (".gitlab-ci.yml", ".gitlab-ci.yaml", "jenkinsfile", ".travis.yml", "appveyor.yml",
         ".appveyor.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml", ".drone.yml",
         ".cirrus.yml", "cloudbuild.yaml", "buildspec.yml", ".readthedocs.yaml",
         ".readthedocs.yml", "codecov.yml", ".pre-commit-config.yaml", ".pre-commit-config.yml",
         ".pre-commit-hooks.yaml", "lefthook.yml", "renovate.json", "netlify.toml", "vercel.json",
         "action.yml", "action.yaml", "cloudbuild.yml", "cloudbuild.json", "buildspec.yaml",
         "heroku.yml", "fly.toml", "wrangler.toml", "wrangler.json", "wrangler.jsonc",
         "serverless.yml", "serverless.yaml", "render.yaml", "railway.toml", "railway.json",
         "nixpacks.toml", "samconfig.toml", "pulumi.yaml", "firebase.json", "skaffold.yaml",
         "codeowners"),
        _CI,
    ),
    **dict.fromkeys(
        (".gitattributes", ".gitmodules", ".gitconfig", ".gitignore", ".git-blame-ignore-revs"),
        _GIT,
    ),
    **dict.fromkeys(
        (".editorconfig", ".exrc", ".vimrc", ".nvimrc", ".nvim.lua", ".dir-locals.el"), _EDITOR
    ),
    **dict.fromkeys(
        ("web.config", "desktop.ini", "autorun.inf", "crontab", "supervisord.conf"),
        "the system takes settings from it",
    ),
    **dict.fromkeys(
        ("ruff.toml", ".ruff.toml", "pyrightconfig.json", "mypy.ini", ".mypy.ini", "ty.toml",
         ".flake8", ".pylintrc", "pylintrc", ".bandit", ".semgrepignore", ".isort.cfg",
         ".style.yapf", "tsconfig.json", "biome.json", "biome.jsonc", ".oxlintrc.json",
         ".eslintignore", "jsconfig.json", ".swcrc", "pylintrc.toml", ".pylintrc.toml",
         "pyrefly.toml", ".pyre_configuration", "pytype.toml", ".semgrep.yml", "semgrep.yml",
         ".ignore", ".ruffignore", ".prettierignore", ".codespellrc", ".yamllint",
         ".secrets.baseline", "sonar-project.properties", ".sourcery.yaml", "trunk.yaml",
         "playground.toml", ".playground.toml"),
        _TOOL,
    ),
}  # fmt: skip

_ENDINGS: dict[str, str] = {
    ".pth": _PYTHON,
    ".code-workspace": _EDITOR,
    ".sublime-project": _EDITOR,
    ".sh": _SHELL,
    ".bash": _SHELL,
    ".zsh": _SHELL,
    ".fish": _SHELL,
    ".bat": _SHELL,
    ".cmd": _SHELL,
    ".ps1": _SHELL,
    ".mk": _BUILD,
    ".gradle": _BUILD,
    ".egg-link": _PYTHON,
    ".mdc": _AGENT,
    ".desktop": "the desktop runs it",
    **dict.fromkeys((".service", ".timer", ".socket", ".plist"), "the system runs it"),
    **dict.fromkeys(
        (
            *(".ksh", ".csh", ".tcsh", ".nu", ".xsh", ".psm1", ".psd1", ".vbs", ".wsf", ".hta"),
            *(".command", ".scpt", ".applescript", ".lnk", ".reg", ".inf", ".scr", ".com"),
        ),
        _SHELL,
    ),
    **dict.fromkeys(
        (
            *(".dockerfile", ".containerfile", ".gradle.kts", ".cmake", ".bzl", ".nix", ".gemspec"),
            *(".podspec", ".csproj", ".fsproj", ".vbproj", ".vcxproj", ".pyproj", ".sln", ".slnx"),
            *(".props", ".targets", ".tf", ".tofu"),
        ),
        _BUILD,
    ),
    **dict.fromkeys((".prompt.md", ".instructions.md", ".chatmode.md", ".agent.md"), _AGENT),
    **dict.fromkeys((".code-snippets", ".code-profile", ".sublime-build"), _EDITOR),
}

_BEGINNINGS: dict[str, str] = {
    "dockerfile.": _BUILD,
    "makefile.": _BUILD,
    "justfile.": _BUILD,
    "taskfile.": _BUILD,
    "jenkinsfile.": _CI,
    "lefthook.": _CI,
    "lefthook-local.": _CI,
    "docker-compose.": _BUILD,
    "compose.": _BUILD,
    ".env.": _SHELL,
    ".aider": _AGENT,
    "requirements": "an install fetches packages by it",
    "eslint.config.": "eslint runs it",
    ".eslintrc": "eslint runs it",
    "prettier.config.": "the formatter runs it",
    ".prettierrc": "the formatter runs it",
    "vite.config.": _BUILD,
    "vitest.config.": _TESTS,
    "jest.config.": _TESTS,
    "webpack.config.": _BUILD,
    "rollup.config.": _BUILD,
    "babel.config.": _BUILD,
    "postcss.config.": _BUILD,
    "tailwind.config.": _BUILD,
    "next.config.": _BUILD,
    **dict.fromkeys(
        (
            "nuxt.config.",
            "astro.config.",
            "svelte.config.",
            "vue.config.",
            "metro.config.",
            "tsup.config.",
            "esbuild.config.",
            "remix.config.",
            "ember-cli-build.",
            "craco.config.",
            "release.config.",
            ".releaserc",
            "lint-staged.config.",
            ".lintstagedrc",
            "ecosystem.config.",
            "knexfile.",
            ".babelrc",
            "snowpack.config.",
            "rspack.config.",
            "rsbuild.config.",
            "farm.config.",
            "uno.config.",
            "wxt.config.",
        ),
        _BUILD,
    ),
    **dict.fromkeys(
        (
            "karma.conf.",
            "playwright.config.",
            "cypress.config.",
            "wdio.conf.",
            "ava.config.",
            ".mocharc",
            ".nycrc",
            "jasmine.json",
            "protractor.conf.",
            "vitest.workspace.",
            "jest.setup.",
            "vitest.setup.",
        ),
        _TESTS,
    ),
    **dict.fromkeys(
        (
            "stylelint.config.",
            ".stylelintrc",
            "commitlint.config.",
            ".commitlintrc",
            "oxlint.config.",
            "biome.config.",
            ".dependency-cruiser.",
        ),
        "a linter runs it",
    ),
    "tsconfig.": _TOOL,
    "jsconfig.": _TOOL,
    ".oxlintrc": _TOOL,
    "renovate.json": _CI,
    ".renovaterc": _CI,
}
_DOCUMENTATION_FOLDERS = frozenset({"doc", "docs", "source", "sphinx"})
_NOT_CODE_ENDINGS = (".py", ".pyi", ".md", ".rst", ".test.ts", ".test.js", ".spec.ts", ".spec.js")

_DEVELOPMENT = frozenset(
    {
        *("pip", "setuptools", "pkg_resources", "_distutils_hack", "wheel", "build", "virtualenv"),
        *("pytest", "_pytest", "pluggy", "coverage", "tox", "nox", "ruff", "mypy", "pyright"),
        *("black", "isort", "flake8", "pylint", "hatchling", "poetry", "pdm", "uv", "pre_commit"),
        *("sphinx", "mkdocs", "IPython", "jupyter", "twine", "invoke"),
    }
)
"""Modules that are started by `python -m` in the root of a repository."""

_SHORT_NAME = re.compile(r"[^~]{1,8}~\d{1,2}(?:\..*)?")


def activation_reason(path: str) -> str:
    """Says why a change of this file may run code later, or "" when it does not by itself.

    Names are compared as careless systems do: without regard to case, compatibility characters,
    invisible characters, trailing dots and blanks, alternate streams (`.git::$DATA`) and short
    names (`GIT~1`).

    Args:
        path: POSIX path relative to the repository's root.
    """
    parts = [folded(part) for part in path.replace("\\", "/").split("/")]
    parts = [part for part in parts if part not in {"", "."}]
    for part in parts:
        reason = _folder_reason(part)
        if reason:
            return reason
    if parts[-2:-1] == ["features"] and parts[-1] == "environment.py":
        return f"environment.py is refused because {_TESTS}."
    if parts[-1:] == ["conf.py"] and not _DOCUMENTATION_FOLDERS.isdisjoint(parts[:-1]):
        return f"conf.py is refused because {_BUILD}."
    reason = _file_reason(parts[-1]) if parts else ""
    hidden = [part for part in parts if part.startswith(".")]
    return reason or (f"{hidden[0]} is refused because {_HIDDEN}." if hidden else "")


def shadow_reason(path: str) -> str:
    """Says why a new file would be imported in the place of something else, or "".

    A module in the root or in `src` that has the name of a standard one, or of a tool that
    developers start, is found before it by everything that is started there, which is how a file
    gets run that nobody asked for.

    Args:
        path: POSIX path relative to the repository's root.
    """
    parts = path.split("/")
    name, _, ending = parts[-1].rpartition(".")
    if ending not in {"py", "pyi", "pyw", "pyc", "pyd", "so"}:
        return ""
    if name in {"builtins", "__builtins__"}:
        return f"{parts[-1]} is refused because it would declare names for all other files."
    above = parts[1:-1] if parts[0] in {"src", "lib"} else parts[:-1]
    module = above[0] if above else name
    is_top = not above or (len(above) == 1 and name == "__init__")
    if is_top and module in sys.stdlib_module_names:
        return f"{path} is refused because it would be imported in place of Python's own {module}."
    if is_top and module in _DEVELOPMENT:
        return f"{path} is refused because it would be run in place of the tool {module}."
    return ""


def _folder_reason(part: str) -> str:
    if part in _FOLDERS:
        return f"{part} is refused because {_FOLDERS[part]}."
    if _SHORT_NAME.fullmatch(part):
        return f"{part} is refused because on some systems it is the short name of another file."
    return ""


def _file_reason(name: str) -> str:
    reason = _FILES.get(name, "")
    for ending, why in _ENDINGS.items():
        reason = reason or (why if name.endswith(ending) else "")
    for beginning, why in _BEGINNINGS.items():
        if name.startswith(beginning) and not name.endswith(_NOT_CODE_ENDINGS):
            reason = reason or why
    return f"{name} is refused because {reason}." if reason else ""
