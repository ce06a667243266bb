from typing import TYPE_CHECKING


class Base:
    """A base."""

    def run(self, count: int) -> int:
        """Runs."""
        return count


class Fast(Base):
    """A faster one."""

    if not TYPE_CHECKING:

        def run(self, count: str) -> int:
            """Runs."""
            return len(count)
