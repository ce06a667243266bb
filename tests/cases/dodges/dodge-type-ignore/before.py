def f() -> int:
    return make()
