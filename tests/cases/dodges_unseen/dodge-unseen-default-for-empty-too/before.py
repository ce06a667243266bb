def leaves(node: dict[str, list], found: list[str] = []) -> list[str]:
    for name, children in node.items():
        if not children:
            found.append(name)
        for child in children:
            leaves(child, found)
    return found
