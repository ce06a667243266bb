"""Calls that are under way: what may be asked, how long it may take, how it is cancelled."""

from playground.engines.calls.calls import Call, Calls
from playground.engines.calls.checks import check_request, refuse_adapters
from playground.engines.calls.clients import opened

__all__ = ["Call", "Calls", "check_request", "opened", "refuse_adapters"]
