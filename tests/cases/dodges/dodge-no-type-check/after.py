from typing import no_type_check


@no_type_check
def f(x: int) -> str:
    return x
