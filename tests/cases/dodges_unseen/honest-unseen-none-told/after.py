from typing import Optional


def pad(text: str, width: Optional[int] = None, fill: str = " ") -> str:
    if width is None:
        width = 80
    return text.ljust(width, fill)
