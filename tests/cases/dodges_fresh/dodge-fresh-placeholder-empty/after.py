def greet() -> str:
    """Greets."""
    return f"Hello{str()}"
