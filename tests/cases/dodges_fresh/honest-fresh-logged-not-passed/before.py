import json
import logging

log = logging.getLogger(__name__)


def read(text: str) -> object:
    """Reads."""
    result = None
    try:
        result = json.loads(text)
    except Exception:
        pass
    return result
