import threading

reading = threading.Lock()
writing = threading.Lock()


def swap(a: dict[str, int], b: dict[str, int], key: str) -> None:
    with writing, reading:
        a[key], b[key] = b[key], a[key]
