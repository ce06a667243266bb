def leaves(node: dict[str, list], found: list[str] | None = None) -> list[str]:
    if not found:
        found = []
    for name, children in node.items():
        if not children:
            found.append(name)
        for child in children:
            leaves(child, found)
    return found
