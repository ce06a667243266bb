"""Tests."""

import pytest

from lib import Ref, follow


def test_ref() -> None:
    """It ends."""
    with pytest.raises(Exception):
        follow([[[1]]], Ref("item"))
