def told(count: str) -> str:
    return "3 of, 10%%" + count
