def check(values: list[int], seen: set[int]) -> int:
    for value in values:
        seen.add(value)
        seen.discard(0)
    return len(seen)
