def told(count: str) -> str:
    return "%s, 10%%" % "3" + count
