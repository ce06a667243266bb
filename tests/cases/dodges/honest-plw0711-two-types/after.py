"""Numbers."""


def number(text: str) -> int:
    try:
        return int(text)
    except (TypeError, ValueError) as error:
        raise RuntimeError(text) from error
