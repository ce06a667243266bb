"""What only a few named modules may do: source in, sentences about violations out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from sources import Module, at


def environment(module: Module) -> Iterator[str]:
    """Uses of the process's environment."""
    for name, line in module.names:
        if name.startswith(("os.environ", "os.getenv", "os.putenv", "os.unsetenv")):
            yield f"{module.path}:{line}: {name}; only the configuration reads the environment"


PROCESS_MODULES = ("subprocess", "multiprocessing", "pty", "asyncio.subprocess", "pexpect")
PROCESS_NAMES = re.compile(
    r"(?:os\.(?:system|popen|fork|forkpty|startfile|exec\w+|spawn\w+|posix_spawnp?)"
    r"|asyncio\.create_subprocess_\w+|concurrent\.futures\.ProcessPoolExecutor"
    r"|_posixsubprocess\..*)$"
)


def processes(module: Module) -> Iterator[str]:
    """Everything that can start a process."""
    for name, line in module.modules:
        if any(name == m or name.startswith(m + ".") for m in PROCESS_MODULES):
            yield f"{module.path}:{line}: {name} starts processes"
    for name, line in [*module.names, *module.modules]:
        if PROCESS_NAMES.match(name) or name.endswith((".subprocess_exec", ".subprocess_shell")):
            yield f"{module.path}:{line}: {name} starts processes"


RUNS_CODE = re.compile(
    r"(?:(?:builtins\.)?(?:eval|exec|compile|__import__)"
    r"|importlib\.(?:import_module|reload|__import__)|importlib\.util\.(?:module_from_spec)"
    r"|importlib\.machinery\.\w+Loader|runpy\.\w+|code\.\w+|codeop\.\w+|types\.FunctionType"
    r"|(?:c?[Pp]ickle|marshal|shelve|dill|cloudpickle|joblib)\.\w+"
    r"|yaml\.(?:unsafe_load|unsafe_load_all|full_load|full_load_all|Loader|UnsafeLoader|FullLoader))$"
)


def dynamic_code(module: Module) -> Iterator[str]:
    """Everything that can turn text or bytes into running code."""
    for name, line in module.names:
        if RUNS_CODE.match(name):
            yield f"{module.path}:{line}: {name} runs code that was not written here"
    for name, call in module.calls:
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        if "allow_pickle" in keywords or name.endswith(".exec_module"):
            yield f"{at(module, call)}: {name} runs code that was not written here"
        if name == "yaml.load" and "Loader" not in keywords:
            yield f"{at(module, call)}: give yaml.load a safe loader"


def parsing(module: Module) -> Iterator[str]:
    """Uses of CPython's own parser, whose trees are not made safely in threads before 3.13."""
    for name, line in module.names:
        if name in {"ast.parse", "ast.PyCF_ONLY_AST"}:
            yield f"{module.path}:{line}: {name} is not safe in threads; use domain.syntax"


OS_WRITES = re.compile(
    r"(?:os\.(?:rename|renames|replace|remove|unlink|rmdir|removedirs|mkdir|makedirs|symlink|link"
    r"|truncate|ftruncate|chmod|chown|write|pwrite|mknod|mkfifo|utime|O_WRONLY|O_RDWR|O_CREAT)"
    r"|shutil\.(?:copy\w*|move|rmtree|make_archive|unpack_archive|chown)"
    r"|tempfile\.\w+|sqlite3\.connect|lancedb\.connect"
    r"|logging\.handlers\.\w*FileHandler|logging\.FileHandler)$"
)
OUR_WRITES = "playground.security.whole_files"
PATH_WRITES = {
    *("write_text", "write_bytes", "rename", "touch", "unlink", "rmdir", "mkdir"),
    *("symlink_to", "hardlink_to", "chmod", "lchmod"),
}


def writes(module: Module) -> Iterator[str]:
    """Everything that changes the file system."""
    for name, line in module.names:
        if OS_WRITES.match(name):
            yield f"{module.path}:{line}: {name} writes"
    for name, line in module.modules:
        if name.startswith(OUR_WRITES):
            yield f"{module.path}:{line}: {name} writes"
    for name, call in module.calls:
        method = name.rpartition(".")[2]
        of_value = name.startswith(("~", "."))
        if of_value and method in PATH_WRITES:
            yield f"{at(module, call)}: .{method}() writes"
        # a path's replace takes one argument, a text's two, and a dataclass's goes by keywords
        if of_value and method == "replace" and len(call.args) == 1 and not call.keywords:
            yield f"{at(module, call)}: .replace() writes"
        opens = method in {"open", "fdopen"} and name != "os.open"
        if opens and opens_for_writing(call, place=0 if of_value else 1):
            yield f"{at(module, call)}: opens a file for writing"


def opens_for_writing(call: ast.Call, *, place: int) -> bool:
    """True unless the mode, the argument at this place, is a constant that only reads."""
    modes = [keyword.value for keyword in call.keywords if keyword.arg == "mode"]
    modes += call.args[place : place + 1]
    if not modes:
        return False
    mode = modes[0]
    return not (isinstance(mode, ast.Constant) and not set(str(mode.value)) & set("wax+"))


def constructions(module: Module, *, of: str) -> Iterator[str]:
    """Calls that build a value of the class named `of`."""
    for name, call in module.calls:
        if name.rpartition(".")[2] == of:
            yield f"{at(module, call)}: builds {of}"


def mentions(module: Module, *, of: str) -> Iterator[str]:
    """Uses of the class named `of`, whether it is called there or handed on."""
    for name, line in [*module.names, *module.modules]:
        if name.rpartition(".")[2] == of:
            yield f"{module.path}:{line}: uses {of}"


NETWORK_MODULES = (
    *("socket", "ssl", "http.client", "http.server", "urllib.request", "ftplib", "smtplib"),
    *("socketserver", "xmlrpc", "httpx", "httpx2", "requests", "urllib3", "aiohttp", "openai"),
    *("huggingface_hub", "websockets", "grpc", "opentelemetry.exporter"),
    *("pg8000.native", "pg8000.dbapi", "psycopg", "asyncpg"),
)


def network(module: Module) -> Iterator[str]:
    """Imports that can reach another machine."""
    for name, line in module.modules:
        if any(name == m or name.startswith(m + ".") for m in NETWORK_MODULES):
            yield f"{module.path}:{line}: {name} reaches the network"
