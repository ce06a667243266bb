from __future__ import annotations

import pytest
from postgres_server import Server, running


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Server:
    """A server for all tests of the group `postgres`."""
    return running(pytestconfig)
