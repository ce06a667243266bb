import logging

log = logging.getLogger(__file__)
