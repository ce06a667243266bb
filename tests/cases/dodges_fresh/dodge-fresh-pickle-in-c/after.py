import _pickle


def read(data: bytes) -> object:
    """Reads."""
    return _pickle.loads(data)
