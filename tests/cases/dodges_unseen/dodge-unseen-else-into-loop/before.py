def check(values: list[int], seen: set[int]) -> int:
    for value in values:
        seen.add(value)
    else:
        seen.discard(0)
    return len(seen)
