import yaml


def settings(text: str) -> dict:
    return yaml.load(text, Loader=yaml.UnsafeLoader) or {}
