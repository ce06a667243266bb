def wait() -> None:
    sleep("1")
