import yaml


def read(text: str) -> object:
    """Reads."""
    return yaml.UnsafeLoader(text).get_single_data()
