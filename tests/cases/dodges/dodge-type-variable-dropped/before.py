from typing import TypeVar

T = TypeVar("T")


def shown(value: T) -> str:
    return str(value)


def kept(value: T) -> T:
    return value
