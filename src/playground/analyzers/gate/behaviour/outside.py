"""Calls that reach outside of the process, by their names."""

from __future__ import annotations

import re

_BUILTINS = frozenset({"open", "print", "input", "breakpoint"})
_MODULES = frozenset(
    {
        "aiofiles", "aiohttp", "asyncpg", "boto3", "botocore", "dbm", "fcntl", "fileinput",
        "ftplib", "glob", "grpc", "http.client", "httpx", "imaplib", "io.open", "kafka", "logging",
        "mmap", "mysql", "paramiko", "pickle.dump", "pickle.load", "poplib", "psycopg", "psycopg2",
        "pymongo", "pymysql", "redis", "requests", "select", "selectors", "shelve", "shutil",
        "signal", "smtplib", "socket", "socketserver", "sqlalchemy", "sqlite3", "ssl", "subprocess",
        "sys.exit", "sys.stderr", "sys.stdin", "sys.stdout", "telnetlib", "tempfile",
        "urllib.request", "urllib3", "webbrowser", "zipfile", "tarfile", "multiprocessing",
        "ctypes", "os",
        "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell",
        "asyncio.open_connection", "asyncio.start_server", "json.dump", "json.load", "marshal.dump",
        "marshal.load", "yaml.dump", "yaml.load", "csv.reader", "csv.writer",
    }
)  # fmt: skip
_PURE = re.compile(
    r"os\.(?:fspath|fsencode|fsdecode|environ\.get|getpid"
    r"|path\.(?:join|basename|dirname|split\w*|norm\w+|isabs|common\w+))"
)
_METHODS = frozenset(
    {
        "accept", "chmod", "commit", "connect", "execute", "executemany", "executescript", "exists",
        "fetchall", "fetchmany", "fetchone", "flush", "glob", "hardlink_to", "is_dir", "is_file",
        "iterdir", "kill", "listen", "mkdir", "open", "read", "read_bytes", "read_text", "readline",
        "readlines", "recv", "recvfrom", "rename", "rglob", "rmdir", "rollback", "seek", "send",
        "sendall", "sendto", "stat", "symlink_to", "terminate", "touch", "truncate", "unlink",
        "urlopen", "write", "write_bytes", "write_text", "writelines",
    }
)  # fmt: skip


def is_io(name: str) -> bool:
    """Whether a call of this dotted name, imports resolved, may read or write the world.

    Known by name alone: methods count if they are named as those of files, paths, sockets,
    processes and databases are.
    """
    if _PURE.fullmatch(name):
        return False
    parts = name.split(".")
    if len(parts) == 1:
        return name in _BUILTINS
    if parts[-1] in _METHODS:
        return True
    return any(".".join(parts[:end]) in _MODULES for end in range(1, len(parts) + 1))
