import code


def run(text: str) -> None:
    """Runs a line."""
    code.InteractiveInterpreter().runsource(text)
