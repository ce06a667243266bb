"""Episodes for the tests of the memory."""

from __future__ import annotations

from dataclasses import replace

from playground.domain.episodes import Episode

PLAIN = Episode(
    id="run-1",
    root="/home/ann/shop",
    goal="Fix ruff B006 in shop/cart.py",
    tool="ruff",
    rule="B006",
    message="Do not use mutable data structures for argument defaults",
    rule_summary="A default list or dict is shared between all calls",
    language="python",
    path="shop/cart.py",
    before="def add(item, cart=[]):\n    cart.append(item)\n    return cart\n",
    after="def add(item, cart=None):\n    cart = [] if cart is None else cart\n",
    diff="--- a/shop/cart.py\n+++ b/shop/cart.py\n",
    outcome="approved",
    reason="",
    source="engine",
    decided_at=1_000.0,
)

SWALLOWED = replace(
    PLAIN,
    id="run-2",
    root="/home/ann/mail",
    goal="Fix ruff E722 in mail/send.py",
    rule="E722",
    message="Do not use bare `except`",
    rule_summary="A bare except catches every exception and hides failures",
    path="mail/send.py",
    before="try:\n    send()\nexcept:\n    pass\n",
    after="try:\n    send()\nexcept OSError:\n    log()\n",
    outcome="rejected",
    reason="the caller relies on the error",
    decided_at=2_000.0,
)

ZIP = replace(
    PLAIN,
    id="run-3",
    goal="Fix ruff B905 in shop/prices.py",
    rule="B905",
    message="`zip()` without an explicit `strict=` parameter",
    rule_summary="Sequences of different lengths are cut silently",
    path="shop/prices.py",
    before="for a, b in zip(names, prices):\n    show(a, b)\n",
    after="for a, b in zip(names, prices, strict=True):\n    show(a, b)\n",
    decided_at=3_000.0,
)

ALL = (PLAIN, SWALLOWED, ZIP)


def numbered(number: int) -> Episode:
    """Returns an episode with an id and a time of its own."""
    return replace(PLAIN, id=f"n{number}", decided_at=float(number), before=f"x = {number}\n")
