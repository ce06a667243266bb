def handlers(names: list[str], log) -> list:
    made = []
    for name in names:
        made.append(lambda: log(name))
    return made
