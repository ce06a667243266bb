def width(columns: list[int], limit: int) -> int:
    wide = limit if sum(columns) > limit else sum(columns)
    return wide
