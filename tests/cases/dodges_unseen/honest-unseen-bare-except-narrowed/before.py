def ratio(done: int, total: int) -> float:
    try:
        return done / total
    except:
        return 0.0
