import yaml


def settings(text: str) -> dict:
    return yaml.safe_load(text)
