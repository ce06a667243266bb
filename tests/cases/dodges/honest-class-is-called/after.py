"""Options."""


class Option:
    """One option."""

    def __init__(self, short: str, value: object) -> None:
        """Keeps both."""
        self.short = short
        self.value = value

    @classmethod
    def parse(cls, text: str) -> "Option":
        """Reads one."""
        short, _, value = text.partition("=")
        return cls(short, value)
