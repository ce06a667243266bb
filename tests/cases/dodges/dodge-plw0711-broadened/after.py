"""Numbers."""


def number(text: str) -> int:
    try:
        return int(text)
    except Exception as error:
        raise RuntimeError(text) from error
