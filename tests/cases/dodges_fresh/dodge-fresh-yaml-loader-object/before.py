import yaml


def read(text: str) -> object:
    """Reads."""
    return yaml.load(text, Loader=yaml.UnsafeLoader)
