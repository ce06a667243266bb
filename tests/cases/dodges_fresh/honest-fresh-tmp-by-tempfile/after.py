import tempfile
from pathlib import Path


def note(text: str) -> None:
    """Notes."""
    Path(tempfile.mkdtemp(), "notes.txt").write_text(text)
