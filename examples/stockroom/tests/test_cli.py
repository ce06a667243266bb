from __future__ import annotations

from pathlib import Path

import pytest

from stockroom.cli import main

PRICES = """sku,name,price,quantity,category,reorder_level
1001,Hammer,12.50,8,tools,3
2001,Long novel,20.00,1,books,2
"""


@pytest.fixture
def database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    prices = tmp_path / "prices.csv"
    prices.write_text(PRICES, encoding="utf-8")
    path = str(tmp_path / "stock.db")
    assert main(["--database", path, "import", str(prices)]) == 0
    assert capsys.readouterr().out == "2 items\n"
    return path


def test_list(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--database", database, "list", "--category", "tools"]) == 0
    assert capsys.readouterr().out == "sku       name    quantity\nSKU-1001  Hammer  8\n"


def test_list_as_csv(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--database", database, "list", "--format", "csv"]) == 0
    assert "SKU-2001,Long novel,20.00,1" in capsys.readouterr().out


def test_move(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--database", database, "move", "1001", "2", "--reason", "delivery"]) == 0
    assert capsys.readouterr().out == "SKU-1001: 10\n"


def test_problems_are_one_line(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--database", database, "move", "9999", "1"]) == 1
    assert capsys.readouterr().err == "stockroom: no item SKU-9999\n"
    assert main(["--database", database, "move", "1001", "1", "--reason", "magic"]) == 1
    assert capsys.readouterr().err == "stockroom: unknown reason 'magic'\n"


def test_report(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--database", database, "report"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "books: 1 items, 20.00 EUR",
        "tools: 1 items, 100.00 EUR",
        "low: SKU-2001 Long novel: 1 left, ask nobody",
    ]


def test_snapshot(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "snap.json"
    assert main(["--database", database, "snapshot", str(target)]) == 0
    assert len(capsys.readouterr().out.strip()) == 16
    assert target.exists()
