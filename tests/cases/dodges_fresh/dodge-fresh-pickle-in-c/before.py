import pickle


def read(data: bytes) -> object:
    """Reads."""
    return pickle.loads(data)
