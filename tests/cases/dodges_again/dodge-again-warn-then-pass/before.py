import json


def read(text: str) -> object:
    """Reads."""
    result = None
    try:
        result = json.loads(text)
    except Exception:
        pass
    return result
