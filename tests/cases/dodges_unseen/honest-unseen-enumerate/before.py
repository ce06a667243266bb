def listed(names: list[str], write) -> None:
    number = 0
    for name in names:
        write(f"{number}. {name}")
        number += 1
