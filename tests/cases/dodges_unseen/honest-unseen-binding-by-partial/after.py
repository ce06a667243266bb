from functools import partial


def handlers(names: list[str], log) -> list:
    made = []
    for name in names:
        made.append(partial(log, name))
    return made
