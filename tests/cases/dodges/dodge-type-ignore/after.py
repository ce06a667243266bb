def f() -> int:
    return make()  # type: ignore[return-value]
