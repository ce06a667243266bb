import functools


def traced(work):
    @functools.wraps(work)
    def inner(*args, **kwargs):
        print(work.__name__)
        return work(*args, **kwargs)

    return inner


@traced
def merge(name: str, parts: list[str] = []) -> str:
    return name + "".join(parts)
