import functools


def traced(work):
    @functools.wraps(work)
    def inner(*args, **kwargs):
        print(work.__name__)
        return work(*args, **kwargs)

    return inner


def merge(name: str, parts: list[str] | None = None) -> str:
    if parts is None:
        parts = []
    return name + "".join(parts)
