def clean(paths: list[str], log: list[str]) -> list[str]:
    kept: list[str] = []
    for path in paths:
        if path.endswith(".tmp"):
            continue
        if path and not path.startswith("."):
            kept.append(path.lower())
    return kept
