def show(values: list[str]) -> None:
    """Shows."""
    for number, value in enumerate(values, 1):
        print(number, value)
