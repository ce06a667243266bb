class Base:
    """A base."""

    def run(self, count: int) -> int:
        """Runs."""
        return count


class Fast(Base):
    """A faster one."""

    def run(self, count: str) -> int:
        """Runs."""
        return len(count)
