"""How many requests in words are done as they were meant: all places changed, nothing else broken.

    python bench/requests.py [--engine local] [--request NAME]… [--threads N]

Each request is about two small modules, is asked by the product's own path, and counts as done when
the gate proposes a change with which the modules still behave as they should: what the request asks
for, and what it leaves alone. The checks are run by this bench only, in a process of its own on a
throw-away copy; the product never runs them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from playground.app import App, open_app
from playground.campaigns.planning import request_task
from playground.domain.runs import Run

PRICES = '''"""Prices of a shop."""

from __future__ import annotations

VAT = 0.19


class Price:
    """An amount and its currency."""

    def __init__(self, amount: float, currency: str = "EUR") -> None:
        self.amount = amount
        self.currency = currency

    def gross(self) -> float:
        """Returns the amount with tax."""
        return self.amount * (1 + VAT)


def total(prices: list[Price], limit: float = 1000.0) -> float:
    """Returns what all prices come to, at most the limit."""
    amount = sum(price.gross() for price in prices)
    return min(amount, limit)
'''
ORDERS = '''"""Orders of a shop."""

from __future__ import annotations

from prices import VAT, Price, total


class Order:
    """What somebody buys."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.prices: list[Price] = []

    def add(self, amount: float) -> None:
        """Adds a price."""
        self.prices.append(Price(amount))

    def due(self) -> float:
        """Returns what is to be paid."""
        return round(total(self.prices, limit=500.0), 2)

    def tax_note(self) -> str:
        """Returns what the bill says about tax."""
        return f"{self.name}: {VAT:.0%} VAT, {total(self.prices):.2f} in all"
'''
FILES = ("prices.py", "orders.py")
SAME = """
import prices, orders
order = orders.Order("Ada")
order.add(100.0)
assert order.due() == 119.0, order.due()
assert order.tax_note() == "Ada: 19% VAT, 119.00 in all", order.tax_note()
order.add(1000.0)
assert order.due() == 500.0, order.due()
"""


@dataclass(frozen=True)
class Request:
    """A request and what holds when it was done.

    Attributes:
        name: for the table.
        text: the request.
        check: code that fails if it was not done.
        same: whether everything behaves as before otherwise.
    """

    name: str
    text: str
    check: str
    same: bool = True


REQUESTS = (
    Request(
        "rename a function",
        "Rename the function total to sum_of_prices everywhere.",
        "import prices, orders; assert prices.sum_of_prices([prices.Price(100)]) == 119.0\n"
        "assert not hasattr(prices, 'total')",
    ),
    Request(
        "rename a class",
        "Rename the class Price to Amount in both files.",
        "import prices; assert prices.Amount(100).gross() == 119.0\n"
        "assert not hasattr(prices, 'Price')",
    ),
    Request(
        "rename a method",
        "Rename the method gross to with_tax.",
        "import prices; assert prices.Price(100).with_tax() == 119.0\n"
        "assert not hasattr(prices.Price, 'gross')",
    ),
    Request(
        "rename a constant",
        "Rename the constant VAT to TAX_RATE.",
        "import prices; assert prices.TAX_RATE == 0.19 and not hasattr(prices, 'VAT')",
    ),
    Request(
        "rename a parameter",
        "Rename the parameter limit of total to most.",
        "import prices; assert prices.total([prices.Price(100)], most=50) == 50",
    ),
    Request(
        "add a parameter",
        'Give Order.add a parameter currency: str with the default "EUR" and hand it to Price.',
        "import orders; o = orders.Order('x'); o.add(1, 'USD'); o.add(1)\n"
        "assert [p.currency for p in o.prices] == ['USD', 'EUR']",
    ),
    Request(
        "refuse a bad value",
        "Let Price.__init__ raise ValueError when the amount is below zero.",
        "import prices\ntry:\n    prices.Price(-1)\nexcept ValueError:\n    pass\n"
        "else:\n    raise AssertionError",
    ),
    Request(
        "add a method",
        "Add a method count to Order that returns the number of its prices.",
        "import orders; o = orders.Order('x'); o.add(1); assert o.count() == 1",
    ),
    Request(
        "change a function",
        "Let Order.due round to whole numbers, and return an int.",
        "import orders; o = orders.Order('x'); o.add(100.1); r = o.due()\n"
        "assert r == 119 and isinstance(r, int), r",
        same=False,
    ),
    Request(
        "add a function and use it",
        "Add a function net to prices.py that returns the sum of the amounts of a list of prices "
        "without tax, and a method net to Order that returns it for its prices.",
        "import prices, orders; o = orders.Order('x'); o.add(1); o.add(2)\n"
        "assert o.net() == 3 and prices.net(o.prices) == 3",
    ),
)


def asked(app: App, request: Request) -> tuple[Run, dict[str, str]]:
    """Returns the run of a request, and the texts of the files with what it proposes."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "shop"
        root.mkdir()
        texts = dict(zip(FILES, (PRICES, ORDERS), strict=True))
        for path, text in texts.items():
            (root / path).write_text(text)
        task = request_task(request.text, root=root, files=FILES, workspace=app.workspace)
        run = app.desk.advance(app.desk.submit(task))
        if run.waiting is not None:
            for change in run.waiting.patch.files:
                texts[change.path] = change.applied_to(texts.get(change.path, ""))
    return run, texts


def holds(texts: dict[str, str], request: Request) -> str:
    """Returns "" when the changed files do what was asked for, else the last line of what broke."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in texts.items():
            (Path(folder) / path).write_text(text)
        code = "import sys; sys.path.insert(0, '.')\n" + request.check
        code += "\n" + SAME if request.same else ""
        done = subprocess.run(
            [sys.executable, "-I", "-c", code],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    return done.stderr.strip().rpartition("\n")[2][:80] if done.returncode else ""


def main() -> None:
    """Asks everything and prints what came of it."""
    parser = argparse.ArgumentParser(description="Measures requests in words.")
    parser.add_argument("--engine", default="local")
    parser.add_argument("--request", action="append", help="only those whose name holds this")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--diffs", action="store_true", help="shows the changed files")
    options = parser.parse_args()
    wanted = [
        r for r in REQUESTS if not options.request or any(n in r.name for n in options.request)
    ]
    flags = (
        "tools.memory.enabled=false",
        "cycles.wall_s_max=3600",
        "model.request_deadline_s=1800",
        f"model.engines.{options.engine}.threads={options.threads}",
    )
    done = 0
    home = tempfile.mkdtemp()
    os.environ.update(
        {f"XDG_{name}_HOME": f"{home}/{name}" for name in ("CONFIG", "STATE", "DATA")}
    )
    with open_app(project=None, flags=flags, engine=options.engine) as app:
        for request in wanted:
            began = time.monotonic()
            run, texts = asked(app, request)
            broke = (
                holds(texts, request) if run.waiting else (run.ended.reason if run.ended else "")
            )
            done += bool(run.waiting) and not broke
            said = "done" if run.waiting and not broke else broke
            kind = "proposed" if run.waiting else "gave up "
            source = run.waiting.provenance.source.value if run.waiting else ""
            told = f"{request.name:26} {kind} {source:8} {time.monotonic() - began:6.1f} s"
            print(
                f"{told} {run.usage.prompt:5} {run.usage.completion:4} tokens  {said}", flush=True
            )
            if options.diffs:
                print("".join(texts.values()))
    print(f"\ndone as meant: {done} of {len(wanted)}")


if __name__ == "__main__":
    main()
