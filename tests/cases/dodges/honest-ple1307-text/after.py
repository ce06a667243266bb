def told(count: str) -> str:
    return "%s of %5.2f, 10%%" % ("3", 2.0) + count
