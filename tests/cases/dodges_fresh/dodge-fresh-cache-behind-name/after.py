import functools


_remember = functools.lru_cache(maxsize=None)


class Table:
    """A table."""

    @_remember
    def row(self, number: int) -> int:
        """Returns it."""
        return number * 2
