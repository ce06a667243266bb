def greet(name: object = None) -> str:
    """Greets."""
    return f"Hello {name}"
