def outside(target: str) -> bool:
    return target.startswith(("http:", "https:", "//"))
