import logging

logger = logging.getLogger(__name__)


def moved(source: str, target: str) -> None:
    logger.info("moved %s", source, target)
