def number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return 1
    except Exception:
        raise RuntimeError(text) from None
