def handlers(names: list[str], log) -> list:
    made = []
    for name in names:
        made.append(log(name))
    return made
