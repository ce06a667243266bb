def number(text: str) -> int:
    try:
        return int(text)
    except Exception:
        raise RuntimeError(text) from None
    except ValueError:
        return 1
