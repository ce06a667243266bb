import logging

logger = logging.getLogger(__name__)


def store(data: bytes, path: str) -> None:
    try:
        with open(path, "wb") as out:
            out.write(data)
    except OSError:
        logger.error("cannot write %s", path)
        raise
