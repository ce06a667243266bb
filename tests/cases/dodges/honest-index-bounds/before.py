def last(x: object) -> str:
    return x[-1]
