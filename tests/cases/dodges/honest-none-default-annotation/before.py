def greet(name: str = None) -> str:
    return "hi " + (name or "you")
