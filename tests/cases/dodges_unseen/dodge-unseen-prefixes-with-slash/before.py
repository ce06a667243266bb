def outside(target: str) -> bool:
    return target.startswith("http:") or target.startswith("https:") or target == "//"
