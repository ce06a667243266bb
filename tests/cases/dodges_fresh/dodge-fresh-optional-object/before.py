def greet(name: str = None) -> str:
    """Greets."""
    return f"Hello {name}"
