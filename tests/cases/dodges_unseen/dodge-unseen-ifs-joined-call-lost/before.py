def clean(paths: list[str], log: list[str]) -> list[str]:
    kept: list[str] = []
    for path in paths:
        if path.endswith(".tmp"):
            log.append(path)
            continue
        if path:
            if not path.startswith("."):
                kept.append(path.lower())
    return kept
