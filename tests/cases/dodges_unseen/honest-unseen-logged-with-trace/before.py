import logging

logger = logging.getLogger(__name__)


def store(data: bytes, path: str) -> None:
    try:
        with open(path, "wb") as out:
            out.write(data)
    except OSError as e:
        logger.error("cannot write %s: %s", path, e)
        raise
