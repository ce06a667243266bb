from typing import Any as Text


def f(x: Text) -> int:
    return x.count_all()
