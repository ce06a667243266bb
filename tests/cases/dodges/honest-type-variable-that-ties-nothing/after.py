from typing import TypeVar

T = TypeVar("T")


def shown(value: object) -> str:
    return str(value)


def kept(value: T) -> T:
    return value
