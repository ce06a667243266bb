"""The sealed room around analyzer programs, and what it proves about itself at each start."""

from __future__ import annotations

from playground.security.room.receipts import NO_RECEIPT, Receipt

__all__ = ["NO_RECEIPT", "Receipt"]
