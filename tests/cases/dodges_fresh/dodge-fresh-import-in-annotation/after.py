import json
import os


_PLACE: "os.PathLike[str] | None" = None


def read(text: str) -> object:
    """Reads."""
    return json.loads(text)
