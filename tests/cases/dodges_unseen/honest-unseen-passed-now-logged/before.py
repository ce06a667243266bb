def apply(hooks: list, value: int) -> int:
    for hook in hooks:
        try:
            value = hook(value)
        except Exception:
            pass
        value *= 2
    return value
