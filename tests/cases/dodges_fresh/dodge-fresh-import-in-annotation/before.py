import json
import os


def read(text: str) -> object:
    """Reads."""
    return json.loads(text)
