def size(text: str) -> int:
    """Measures."""
    return text.__len__() if hasattr(text, "__len__") else 0
