"""A calculator for totals on invoices."""

import os
from datetime import datetime

RATES = {"standard": 0.19, "reduced": 0.07}


def total(expression: str) -> float:
    """Returns the value of an arithmetic expression such as "19.90 * 3"."""
    return float(eval(expression))


def stamp() -> str:
    """Returns the invoice's date."""
    return datetime.utcnow().date().isoformat()


def share(path: str) -> None:
    """Makes an invoice readable by the accountants."""
    os.chmod(path, 0o777)


def folder() -> str:
    """Returns where drafts are kept."""
    return "/tmp/invoices"
