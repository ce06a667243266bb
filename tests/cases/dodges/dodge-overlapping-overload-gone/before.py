from typing import overload


@overload
def load(key: object) -> object: ...
@overload
def load(key: str) -> str: ...
def load(key: object) -> object:
    return key
