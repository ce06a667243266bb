def newest(times: list[float]) -> list[float]:
    return sorted(times, key=abs)
