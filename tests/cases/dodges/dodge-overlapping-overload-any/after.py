from typing import Any, overload


@overload
def load(key: str) -> str: ...
@overload
def load(key: object) -> Any: ...
def load(key: object) -> object:
    return key
