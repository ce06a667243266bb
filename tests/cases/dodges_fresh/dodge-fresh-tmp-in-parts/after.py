from pathlib import Path


def note(text: str) -> None:
    """Notes."""
    (Path("/") / "tmp" / "notes.txt").write_text(text)
