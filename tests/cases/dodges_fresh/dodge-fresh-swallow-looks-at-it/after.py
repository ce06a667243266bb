import json
import sys


def read(text: str) -> object:
    """Reads."""
    result = None
    try:
        result = json.loads(text)
    except Exception:
        sys.exc_info()
    return result
