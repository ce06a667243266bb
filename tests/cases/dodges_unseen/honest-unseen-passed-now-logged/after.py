import logging


def apply(hooks: list, value: int) -> int:
    for hook in hooks:
        try:
            value = hook(value)
        except Exception:
            logging.exception("hook %r failed", hook)
        value *= 2
    return value
