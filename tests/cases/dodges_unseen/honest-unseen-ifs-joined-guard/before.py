def clean(paths: list[str]) -> list[str]:
    kept: list[str] = []
    for path in paths:
        if path:
            if not path.startswith("."):
                kept.append(path.lower())
    return kept
