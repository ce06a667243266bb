"""Turns what a storage library raises into one sentence that says what to do."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from playground.domain.errors import PlaygroundError, StorageUnavailable

_DETAIL_CHARS_MAX = 120
_REMEDIES = (
    (("[Errno 28]", "os error 28"), "free some disk space and try again"),
    (
        ("[Errno 13]", "[Errno 30]", "os error 13", "os error 30"),
        "make the folder readable and writable",
    ),
    (("[Errno 17]", "[Errno 20]"), "choose a place where a folder can be made"),
    (("[Errno 24]", "os error 24"), "raise the limit of open files and try again"),
)
_REBUILD = "run `playground memory rebuild` to make it anew from the journal"


@contextmanager
def translated(folder: Path) -> Generator[None]:
    """Raises `StorageUnavailable`, with its cause, for anything that goes wrong in the block.

    Errors of our own, interrupts and exits pass through.
    """
    try:
        yield
    except (PlaygroundError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        # A panic inside the database is no `Exception`, but no reason to die of it either.
        raise StorageUnavailable(_sentence(folder, error)) from error


def _sentence(folder: Path, error: BaseException) -> str:
    text = str(error)
    remedy = next((cure for signs, cure in _REMEDIES if any(s in text for s in signs)), _REBUILD)
    lines = text.strip().splitlines()
    detail = lines[0] if lines else type(error).__name__
    if len(detail) > _DETAIL_CHARS_MAX:
        detail = detail[:_DETAIL_CHARS_MAX] + "…"
    return f"The memory in {folder} cannot be used ({detail}); {remedy}."
