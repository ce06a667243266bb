def clean(paths: list[str]) -> list[str]:
    kept: list[str] = []
    for path in paths:
        if not path or path.startswith("."):
            continue
        kept.append(path.lower())
    return kept
