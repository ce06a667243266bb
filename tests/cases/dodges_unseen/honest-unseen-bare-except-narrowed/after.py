def ratio(done: int, total: int) -> float:
    try:
        return done / total
    except ZeroDivisionError:
        return 0.0
