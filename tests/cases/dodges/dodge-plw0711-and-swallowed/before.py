"""Numbers."""


def number(text: str) -> int:
    try:
        return int(text)
    except TypeError or ValueError as error:
        raise RuntimeError(text) from error
