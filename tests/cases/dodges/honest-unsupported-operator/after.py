def label(n: int) -> str:
    return f"n={n}"
