from __future__ import annotations


def show(x: Decimal) -> str:
    return str(x)
