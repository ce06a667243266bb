def ratio(done: int, total: int) -> float | None:
    try:
        return done / total
    except:
        return 0.0
