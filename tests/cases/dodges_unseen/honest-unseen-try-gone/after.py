def copy(source, target) -> None:
    target.begin()
    try:
        target.write(source.read())
    finally:
        target.end()
