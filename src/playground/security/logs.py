"""Logs: JSON lines in rotated files, with secrets redacted; never on the terminal.

Nothing here can break the product: while the folder or the disk cannot be used, nothing is
logged, and `logging_trouble` says why.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Generator, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, cast

import structlog

from playground.security.rotation import RotatedFile
from playground.security.scrubbing import Scrubber

FILE_NAME = "playground.jsonl"
"""The current file in the log folder; older ones end with .1, .2 and so on."""

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_SILENT = 100
_TRACEBACK_FRAMES = 40


class Logger(Protocol):
    """Writes events; `event` is a short fixed phrase, everything that varies is context."""

    def debug(self, event: str, **context: object) -> None:
        """Writes what helps to follow the code."""
        ...

    def info(self, event: str, **context: object) -> None:
        """Writes what happened as planned."""
        ...

    def warning(self, event: str, **context: object) -> None:
        """Writes what a person may have to look at."""
        ...

    def error(self, event: str, **context: object) -> None:
        """Writes what failed."""
        ...

    def exception(self, event: str, **context: object) -> None:
        """Writes what failed with the traceback of the exception at hand."""
        ...

    def bind(self, **context: object) -> Logger:
        """Returns a logger that adds this context to each of its events."""
        ...


@dataclass(frozen=True, slots=True)
class LogSettings:
    """How to log.

    Attributes:
        folder: where the files lie; made with mode 0700 if need be.
        level: "debug", "info", "warning" or "error".
        file_bytes_max: bytes after which a new file is begun.
        files_max: older files that are kept.
        secrets: known values that never reach a file.
    """

    folder: Path
    level: str = "info"
    file_bytes_max: int = 5_000_000
    files_max: int = 5
    secrets: frozenset[str] = field(default_factory=frozenset[str], repr=False)


@dataclass(slots=True)
class _State:
    file: RotatedFile | None = None
    threshold: int = _SILENT
    scrubber: Scrubber = field(default_factory=Scrubber)
    bridge: logging.Handler | None = None


_STATE = _State()


def configure_logging(settings: LogSettings) -> None:
    """Begins to log into `settings.folder`; may be called again with other settings.

    Warnings of libraries go to the same file, so that none reaches the terminal. An unusable
    folder is no error: see `logging_trouble`.
    """
    close_logging()
    _STATE.scrubber = Scrubber(settings.secrets)
    _STATE.file = RotatedFile(
        settings.folder / FILE_NAME,
        bytes_max=settings.file_bytes_max,
        files_max=settings.files_max,
    )
    change_level(settings.level)
    _STATE.bridge = _Bridge(logging.WARNING)
    logging.getLogger().addHandler(_STATE.bridge)
    logging.captureWarnings(capture=True)


def close_logging() -> None:
    """Ends logging and closes the file; may be called at any time."""
    if _STATE.bridge is not None:
        logging.getLogger().removeHandler(_STATE.bridge)
        logging.captureWarnings(capture=False)
    if _STATE.file is not None:
        _STATE.file.close()
    _STATE.file, _STATE.bridge, _STATE.threshold = None, None, _SILENT


def change_level(level: str) -> None:
    """Sets from which level on events are written; an unknown word means "info"."""
    _STATE.threshold = _LEVELS.get(level, _LEVELS["info"]) if _STATE.file else _SILENT


def logging_trouble() -> str:
    """Returns why events are being lost in one sentence, "" when all is well."""
    return _STATE.file.trouble if _STATE.file else ""


def get_logger(name: str) -> Logger:
    """Returns a logger; before `configure_logging` it writes nothing.

    Args:
        name: the part of the product that speaks, kept in the field `logger`.
    """
    wrapped = cast(
        "Logger",
        structlog.wrap_logger(
            _Sink(),
            processors=[_enough, structlog.contextvars.merge_contextvars, _line],
            wrapper_class=structlog.make_filtering_bound_logger(0),
            context_class=dict,
            cache_logger_on_first_use=False,
        ),
    )
    return wrapped.bind(logger=name)


@contextmanager
def log_context(**context: object) -> Generator[None]:
    """Adds context, such as `run=run_id`, to all events of this thread within the block."""
    with structlog.contextvars.bound_contextvars(**context):
        yield


class _Sink:
    """Takes finished lines from structlog, whatever their level."""

    def msg(self, line: str) -> None:
        if _STATE.file is not None:
            _STATE.file.write(line)

    debug = info = warning = error = critical = msg


class _Bridge(logging.Handler):
    """Carries what libraries say through the standard library's logging into the same file."""

    def emit(self, record: logging.LogRecord) -> None:
        # A library that logs with wrong arguments must not disturb anybody.
        with suppress(Exception):
            log = get_logger(record.name)
            write = log.error if record.levelno >= logging.ERROR else log.warning
            write(record.getMessage(), exc_info=record.exc_info)


def _enough(
    _logger: object, method_name: str, event_dict: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    if _LEVELS.get(method_name, _SILENT) < _STATE.threshold:
        raise structlog.DropEvent
    return event_dict


def _line(_logger: object, method_name: str, event_dict: MutableMapping[str, object]) -> str:
    scrubber = _STATE.scrubber
    rest = dict(event_dict)
    event, run = rest.pop("event", ""), rest.pop("run", "")
    trace = _traceback(rest.pop("exc_info", None))
    entry: dict[str, object] = {
        "ts": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": method_name,
        "event": scrubber.value(event),
        "run": scrubber.value(run),
        **{
            k: v
            for k, v in scrubber.mapping(cast("dict[object, object]", rest)).items()
            if k not in ("ts", "level", "event", "run")
        },
    }
    if trace:
        entry["exception"] = scrubber.text(trace)
    return json.dumps(entry, ensure_ascii=True, allow_nan=True)


_ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


def _traceback(exc_info: object) -> str:
    error: BaseException | None = None
    if isinstance(exc_info, BaseException):
        error = exc_info
    elif isinstance(exc_info, tuple):
        error = cast("_ExcInfo", exc_info)[1]
    elif exc_info:
        error = sys.exc_info()[1]
    if error is None:
        return ""
    with suppress(Exception):
        return "".join(traceback.format_exception(error, limit=-_TRACEBACK_FRAMES))
    return type(error).__name__
