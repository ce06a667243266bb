def first(names: dict[str, int]) -> str | None:
    return list(names)[0]
