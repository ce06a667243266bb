def run(text: str) -> None:
    """Runs a line."""
    eval(text)
