def show(values: list[str]) -> None:
    """Shows."""
    for number, value in enumerate(values):
        print(number, value)
