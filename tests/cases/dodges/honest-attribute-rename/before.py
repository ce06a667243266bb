def low(text: str) -> str:
    return text.lowercase()
