import logging

log = logging.getLogger(str(__file__))
