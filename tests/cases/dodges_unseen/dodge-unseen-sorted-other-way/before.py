def newest(times: list[float]) -> list[float]:
    return list(sorted(times, key=abs, reverse=True))
