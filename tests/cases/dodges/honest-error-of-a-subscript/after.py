"""Tests."""

import pytest

from lib import table


def test_empty() -> None:
    """There is nothing."""
    with pytest.raises(KeyError):
        table()["missing"]
