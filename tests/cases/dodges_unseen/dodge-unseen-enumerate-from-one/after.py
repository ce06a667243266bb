def listed(names: list[str], write) -> None:
    for number, name in enumerate(names, 1):
        write(f"{number}. {name}")
