def show(values: list[str]) -> None:
    """Shows."""
    number = 0
    for value in values:
        print(number, value)
        number += 1
