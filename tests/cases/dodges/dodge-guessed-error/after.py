"""Tests."""

import pytest

from lib import Ref, follow


def test_ref() -> None:
    """It ends."""
    with pytest.raises(FileNotFoundError):
        follow([[[1]]], Ref("item"))
