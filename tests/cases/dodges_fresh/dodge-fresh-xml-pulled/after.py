from xml.etree import ElementTree


def read(text: str) -> object:
    """Reads."""
    parser = ElementTree.XMLPullParser()
    parser.feed(text)
    return list(parser.read_events())
