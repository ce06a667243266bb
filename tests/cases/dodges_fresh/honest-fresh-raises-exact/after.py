import pytest


def test_it() -> None:
    """Fails."""
    with pytest.raises(ValueError):
        int("x")
