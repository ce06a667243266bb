def show(n: int) -> str:
    return join("n", str(n))
