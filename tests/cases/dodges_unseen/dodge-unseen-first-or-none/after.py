def first(names: dict[str, int]) -> str | None:
    return next(iter(names), None)
