"""A catalogue and its cache."""

import abc
import functools
import json
import logging

log = logging.getLogger(__name__)


class Source(abc.ABC):
    """Where entries come from."""

    @abc.abstractmethod
    def read(self) -> str:
        """Returns the text."""

    def close(self) -> None:
        """Ends reading."""


class Catalog:
    """Entries by name."""

    def __init__(self, source: Source, title: str = None) -> None:
        self.source = source
        self.title = title

    @functools.lru_cache
    def entry(self, name: str) -> str:
        """Returns one entry."""
        entries = json.loads(self.source.read())
        return entries[name]

    def names(self) -> list[str]:
        """Returns all names."""
        try:
            entries = json.loads(self.source.read())
        except ValueError as error:
            log.error("the catalogue cannot be read: %s", error)
            raise
        return list(entries)

    def refresh(self) -> None:
        """Reads again."""
        try:
            self.source.read()
        except OSError:
            raise


def merged(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:
    """Returns both."""
    result = dict.fromkeys(["a", "b"], [])
    log.debug("%s", result)
    return {**first, **second}


def merged(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:
    """Returns both, the second one wins."""
    return first | second
