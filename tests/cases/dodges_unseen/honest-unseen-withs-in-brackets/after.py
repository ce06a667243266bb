def copy(source: str, target: str) -> None:
    with (
        open(source, "rb") as reading,
        open(target, "wb") as writing,
    ):
        writing.write(reading.read())
