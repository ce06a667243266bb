def greet(name: str | None = None) -> str:
    return "hi " + (name or "you")
