def f(a: int) -> None:
    show(text=a)
