import json


def read(text: str) -> object:
    """Reads."""
    result = None
    try:
        result = json.loads(text)
    except Exception:
        result = json.loads("null")
    return result
