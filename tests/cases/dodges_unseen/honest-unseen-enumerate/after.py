def listed(names: list[str], write) -> None:
    for number, name in enumerate(names):
        write(f"{number}. {name}")
