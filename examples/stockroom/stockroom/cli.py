"""The commands."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from stockroom.importers import merge, read_price_list
from stockroom.models import Item, make_movement
from stockroom.reports import by_category, exporter, low_stock, stock_value, table
from stockroom.snapshots import write_snapshot
from stockroom.storage import Store, StoreError


def parser() -> argparse.ArgumentParser:
    """Builds the command line."""
    main_parser = argparse.ArgumentParser(prog="stockroom")
    main_parser.add_argument("--database", default="stock.db")
    commands = main_parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list")
    listing.add_argument("--category")
    listing.add_argument("--format", default="table")
    moving = commands.add_parser("move")
    moving.add_argument("sku")
    moving.add_argument("change", type=int)
    moving.add_argument("--reason", default="count")
    importing = commands.add_parser("import")
    importing.add_argument("path")
    saving = commands.add_parser("snapshot")
    saving.add_argument("path")
    commands.add_parser("report")
    return main_parser


def show(items: list[Item], style: str) -> str:
    """Returns items in the wanted style."""
    if style == "table":
        return table(items)
    return exporter(style).export(items, header=True)


def load(store: Store, path: str) -> int:
    """Imports a price list; returns how many items were taken over."""
    result = read_price_list(path)
    for problem in result.problems:
        print(problem, file=sys.stderr)
    for item in merge(store.items(), result.items):
        store.save(item)
    return len(result.items)


def report(store: Store) -> str:
    """Returns the report of the day."""
    lines = []
    for category, items in by_category(store.items()).items():
        lines.append(f"{category}: {len(items)} items, {stock_value(items)} EUR")
    lines += ["low: " + line for line in low_stock(store)]
    return "\n".join(lines)


def run(arguments: argparse.Namespace, store: Store) -> str:
    """Runs one command and returns what it prints."""
    if arguments.command == "list":
        return show(store.items(arguments.category), arguments.format)
    if arguments.command == "move":
        item = store.move(make_movement(arguments.sku, arguments.change, arguments.reason))
        return f"{item.sku}: {item.quantity}"
    if arguments.command == "import":
        return f"{load(store, arguments.path)} items"
    if arguments.command == "snapshot":
        return write_snapshot(store, arguments.path)
    if arguments.command == "report":
        return report(store)
    raise UsageError(f"unknown command {arguments.command}")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit code."""
    arguments = parser().parse_args(argv)
    store = Store(arguments.database)
    try:
        print(run(arguments, store))
    except (StoreError, ValueError) as problem:
        print(f"stockroom: {problem}", file=sys.stderr)
        return 1
    finally:
        store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
