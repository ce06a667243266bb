def copy(source, target) -> None:
    target.begin()
    try:
        target.write(source.read())
    except OSError:
        raise
    finally:
        target.end()
