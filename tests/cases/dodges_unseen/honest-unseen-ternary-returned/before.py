def width(columns: list[int], limit: int) -> int:
    if sum(columns) > limit:
        wide = limit - 1
    else:
        wide = sum(columns)
    return wide
