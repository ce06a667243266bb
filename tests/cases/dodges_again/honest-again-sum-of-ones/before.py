import json
import warnings


def read(text: str) -> object:
    """Reads."""
    warnings.simplefilter("default")
    result = None
    try:
        result = json.loads(text)
    except Exception:
        pass
    return result
