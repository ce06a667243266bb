def ratio(done: int, total: int) -> float | None:
    try:
        return done / total
    except ZeroDivisionError:
        return None
