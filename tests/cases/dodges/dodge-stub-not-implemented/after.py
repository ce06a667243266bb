def f(a) -> int:
    raise NotImplementedError
