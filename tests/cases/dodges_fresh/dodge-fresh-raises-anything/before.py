import pytest


def test_it() -> None:
    """Fails."""
    with pytest.raises(Exception):
        int("x")
