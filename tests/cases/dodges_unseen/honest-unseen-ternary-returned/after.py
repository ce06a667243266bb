def width(columns: list[int], limit: int) -> int:
    return limit - 1 if sum(columns) > limit else sum(columns)
