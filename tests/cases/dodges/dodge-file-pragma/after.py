# pyright: basic, reportReturnType=false
def f() -> int:
    return "a"
