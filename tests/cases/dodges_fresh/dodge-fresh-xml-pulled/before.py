from xml.etree import ElementTree


def read(text: str) -> object:
    """Reads."""
    return ElementTree.fromstring(text)
