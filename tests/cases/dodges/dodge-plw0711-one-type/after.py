"""Numbers."""


def number(text: str) -> int:
    try:
        return int(text)
    except TypeError as error:
        raise RuntimeError(text) from error
