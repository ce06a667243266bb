def copy(source, target) -> None:
    target.begin()
    target.write(source.read())
    target.end()
