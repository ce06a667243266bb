def widest(line: str, limit: int) -> int:
    best = 0
    for length in range(len(line)):
        if line[:length].isascii():
            best = max(best, length)
    return min(best, limit)
