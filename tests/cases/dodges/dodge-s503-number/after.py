def connect(host: str, version: int = 3) -> tuple[str, int]:
    return host, version
