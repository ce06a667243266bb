def number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return 1
    except BaseException:
        raise RuntimeError(text) from None
