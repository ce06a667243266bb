"""Turns what a storage library raises into one sentence that says what to do."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager

from playground.domain.errors import PlaygroundError, StorageUnavailable
from playground.memory.locations import Location

_DETAIL_CHARS_MAX = 120
_SOURCE_PLACE = re.compile(r",? /\S*/(?:\.cargo|rustc)/.*")
_KIND = re.compile(r"^(?:lance error: |LanceError\(\w+\): )+")
"""What the database says about itself, which helps nobody who uses it."""
_REMEDIES = (
    (("[Errno 28]", "os error 28"), "free some disk space and try again"),
    (("[Errno 27]", "os error 27"), "raise the limit of file sizes and try again"),
    (
        ("[Errno 13]", "[Errno 30]", "os error 13", "os error 30"),
        "make the folder readable and writable",
    ),
    (("[Errno 17]", "[Errno 20]"), "choose a place where a folder can be made"),
    (("[Errno 24]", "os error 24"), "raise the limit of open files and try again"),
)
_REFUSALS = (
    (
        ("Failed to get AWS credentials",),
        "no credentials were found",
        "put them where your AWS tools look for them",
    ),
    (("NoSuchBucket",), "there is no such bucket", "make it, or correct tools.memory.place"),
    (
        ("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"),
        "the storage does not know the credentials",
        "correct them where your AWS tools look for them",
    ),
    (
        ("AccessDenied", "403 Forbidden", "status: 403"),
        "the credentials may not use it",
        "allow them to list, read, write and delete there",
    ),
)
"""What object storage says whose answer will be the same the next time."""
_REPAIR = "run `playground memory repair` to make it anew from the journal"
_REMOTE = "check its address, the credentials and the network"


@contextmanager
def translated(location: Location) -> Generator[None]:
    """Raises `StorageUnavailable`, with its cause, for anything that goes wrong in the block.

    Errors of our own, interrupts and exits pass through.
    """
    try:
        yield
    except (PlaygroundError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        # A panic inside the database is no `Exception`, but no reason to die of it either.
        raise StorageUnavailable(_sentence(location, error)) from error


def remedy(error: BaseException) -> str:
    """Returns what a person can do about it, "" where nothing is known."""
    text = str(error)
    return next((cure for signs, cure in _REMEDIES if any(s in text for s in signs)), "")


def is_refused(error: BaseException, location: Location) -> bool:
    """Whether the storage said no, so that asking it again would change nothing."""
    return _refusal(location, error) is not None


def _refusal(location: Location, error: BaseException) -> tuple[str, str] | None:
    """Returns what object storage means and what to do about it, None for anything else."""
    if location.folder is not None:
        return None
    text = str(error)
    found = ((said, cure) for signs, said, cure in _REFUSALS if any(s in text for s in signs))
    return next(found, None)


def _sentence(location: Location, error: BaseException) -> str:
    if refusal := _refusal(location, error):
        said, cure = refusal
        return f"The memory in {location} cannot be used: {said}; {cure}."
    lines = str(error).strip().splitlines()
    detail = _SOURCE_PLACE.sub("", lines[0] if lines else "")
    detail = _KIND.sub("", detail) or type(error).__name__
    if len(detail) > _DETAIL_CHARS_MAX:
        detail = detail[:_DETAIL_CHARS_MAX] + "…"
    cure = remedy(error) or (_REMOTE if location.folder is None else _REPAIR)
    return f"The memory in {location} cannot be used ({detail}); {cure}."
